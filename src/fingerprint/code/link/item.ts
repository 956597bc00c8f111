/** What a slice consists of. */
export type Item =
  /** A piece of a module. @field index Among the module's pieces; -1: the function that the slice is of. */
  | { readonly kind: "piece"; readonly path: string; readonly index: number }
  /** All of a module. */
  | { readonly kind: "whole"; readonly path: string }
  /** A file that is no module. */
  | { readonly kind: "data"; readonly path: string }
  /** A package with all that it depends on. @field path Of its directory. */
  | { readonly kind: "package"; readonly path: string };

/** The index of the function that a slice is of. */
export const ENTRY = -1;

export function keyOf(item: Item): string {
  return `${item.kind} ${item.kind === "piece" ? `${item.index} ` : ""}${item.path}`;
}

/** What a name leads to: an item (`as`: which export of it), or something that is told by its text alone. */
export type Link = { readonly item: Item; readonly as?: string } | { readonly text: string };

/** Something that an item refers to. */
export interface Edge {
  readonly label: string;
  /** Loading modules does not come this way. */
  readonly isInert: boolean;
  readonly links: readonly Link[];
}

/** The files that were looked at to find something. */
export class Trace {
  /** Local modules and other files of which something was used. */
  readonly modules = new Set<string>();
  readonly reads = new Set<string>();
  readonly absences = new Set<string>();
  /** Absolute patterns of files. */
  readonly patterns = new Set<string>();

  add({ reads = [], absences = [], patterns = [] }: Partial<Looked>): void {
    for (const path of reads) this.reads.add(path);
    for (const path of absences) this.absences.add(path);
    for (const pattern of patterns) this.patterns.add(pattern);
  }

  addAll(other: Trace): void {
    for (const path of other.modules) this.modules.add(path);
    this.add(other);
  }

  /** A local file. */
  use(path: string): void {
    this.modules.add(path);
    this.reads.add(path);
  }
}

interface Looked {
  readonly reads: Iterable<string>;
  readonly absences: Iterable<string>;
  readonly patterns: Iterable<string>;
}
