import type { FileReader, Hasher } from "../../host/files/host.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";

/** A function in a module, by what V8 says about where it begins. */
export interface CodeEntry {
  /** Absolute path of its module. */
  readonly module: string;
  /** From 0. */
  readonly line: number;
  /** From 0, in UTF-16 code units. */
  readonly column: number;
}

/** What a slice is made from, besides the function. All paths absolute. */
export interface CodeSite {
  /** The workspace. */
  readonly root: string;
  /** The module whose imports are evaluated before the function can be called. */
  readonly manifest: string;
  readonly files: Pick<FileReader, "stat" | "realpath" | "readlink" | "readDirectory" | "read" | "digest">;
  readonly hasher: Pick<Hasher, "digest">;
}

/** A package of which a slice uses something, or on which such a package depends. */
export interface CodePackage {
  readonly name: string;
  readonly version: string;
}

/**
 * A part of a slice: the function, a declaration, a statement that runs when a module is loaded, a file that is no module, or a package with
 * all that it depends on.
 */
export interface CodePart {
  readonly kind: "function" | "piece" | "file" | "package";
  /** What it declares; empty for a statement that declares nothing. Of a file or a package: its name. */
  readonly names: readonly string[];
  /** Absolute path. */
  readonly module: string;
  /** First and last line, from 1. */
  readonly lines: readonly [number, number];
  /** Of its own code, without what it refers to. */
  readonly digest: Digest;
  /** Index of the part that refers to it first; undefined for the function itself, and for what loading a module does. */
  readonly via: number | undefined;
}

/** The code that a function reaches. */
export interface CodeSlice {
  /** Of all of it, by what it means: no path, comment, type or layout is in it. */
  readonly digest: Digest;
  /** Absolute paths of the local modules and other files of which something is in the slice, sorted. */
  readonly modules: readonly string[];
  readonly packages: readonly CodePackage[];
  /** Environment variables that its code reads; their values are not in the digest. */
  readonly env: readonly string[];
  /** Variables of enclosing functions and blocks; their values are not in the digest. */
  readonly captured: readonly string[];
  /** Absolute paths of all files that decided the slice. */
  readonly reads: readonly string[];
  /** Absolute paths of files that would have decided otherwise, had they been there. */
  readonly absences: readonly string[];
  /** Absolute patterns whose matching files decided it: a new one may be imported, or be a patch. */
  readonly patterns: readonly string[];
  /**
   * True: code that it reaches looks, when a manifest is evaluated, at parameters, lists, files or variables through inc, or at the
   * environment as a whole.
   */
  readonly asksInc: boolean;
  /** The function first, then in the order in which they were reached. */
  readonly parts: readonly CodePart[];
  /** Code that cannot be tracked. */
  readonly problems: readonly Diagnostic[];
}
