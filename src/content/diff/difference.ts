import type { Json } from "../json.ts";

/** Lines that differ with some around them, as in a unified diff. Line numbers start at 1. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** Each begins with a space, `-`, `+` or `\`. */
  readonly lines: readonly string[];
}

/** One place of a JSON document that differs. Absent: there is nothing on that side. */
export interface JsonChange {
  /** RFC 6901; of what was removed in the document before, else in the one after. */
  readonly pointer: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** One row of a table that differs. Rows count from 1, below the header. */
export interface RowChange {
  /** Its value in the first column, where that identifies rows. */
  readonly key?: string;
  /** Absent: the row is new. */
  readonly oldRow?: number;
  /** Absent: the row is gone. */
  readonly newRow?: number;
  readonly cells: readonly CellChange[];
}

export interface CellChange {
  readonly column: string;
  readonly before?: string;
  readonly after?: string;
}

/** How the bytes of two files differ. */
export type ContentDifference =
  | { readonly kind: "text"; readonly hunks: readonly Hunk[] }
  | { readonly kind: "json"; readonly changes: readonly JsonChange[] }
  | {
      readonly kind: "csv";
      readonly addedColumns: readonly string[];
      readonly removedColumns: readonly string[];
      readonly rows: readonly RowChange[];
    }
  /**
   * Sizes in bytes; `sameStart` and `sameEnd`: how many bytes are the same there; `shared`: how many of the one after are in
   * chunks that the one before has too. Absent: too large to be read.
   */
  | {
      readonly kind: "binary";
      readonly before: number;
      readonly after: number;
      readonly sameStart?: number;
      readonly sameEnd?: number;
      readonly shared?: number;
    };

export type ContentType = "file" | "directory" | "symlink";

/** How two versions differ. */
export type Difference =
  | { readonly kind: "same" }
  | { readonly kind: "type"; readonly before: ContentType; readonly after: ContentType }
  | { readonly kind: "symlink"; readonly before: string; readonly after: string }
  /** `executable`: that bit was set (true) or taken away; absent: it is the same, as is the content without `content`. */
  | { readonly kind: "file"; readonly executable?: boolean; readonly content?: ContentDifference }
  | { readonly kind: "directory"; readonly entries: readonly EntryDifference[] };

/** One path of a directory that differs. */
export interface EntryDifference {
  /** Relative to the directory. */
  readonly path: string;
  readonly type: ContentType;
  /** Bytes of a file that was added or removed. */
  readonly size?: number;
  /** Absent: it was added or removed, or is a symlink that leads to something else by the same way. */
  readonly difference?: Difference;
  readonly status: "added" | "removed" | "changed";
}
