import type { Digest } from "../digest.ts";
import type { FileSet, ParamValue } from "../graph.ts";
import type { FannedOut } from "./expansion.ts";

/**
 * What evaluating a manifest read besides its arguments: a cached graph holds as long as all of it is unchanged.
 */
export interface GraphReads {
  /** Absolute paths of the manifest and every module it imported, but inc's own. */
  readonly modules: readonly string[];
  /** False: it asked for what cannot be checked later, so it has to be evaluated each time. */
  readonly repeatable: boolean;
  /**
   * Absolute paths of package.json files that decided how those were loaded or resolved, and of the other files that the code of
   * functions was found from. What is not there counts as absent.
   */
  readonly packages: readonly string[];
  /** Globs expanded while evaluating (`list`, `each` over files), with what they gave. */
  readonly listings: readonly {
    readonly set: FileSet;
    readonly directories: boolean;
    readonly result: readonly string[];
    /** Only `each`s asked for it. Absent: the manifest itself did. */
    readonly isFannedOut?: true;
  }[];
  /**
   * Environment variables read (`process.env`, `env().value`), by salted digests of their values; null: it was not set.
   */
  readonly env: readonly (readonly [name: string, digest: string | null])[];
  /** Parameters whose `.value` was read, with the value. */
  readonly params: readonly { readonly name: string; readonly value: ParamValue }[];
  /** What it fanned out over that tasks make. Absent: nothing. */
  readonly expansions?: readonly ExpansionRead[];
}

/** What an evaluation found of what a task makes; null: nothing was there. */
export interface ExpansionRead extends FannedOut {
  readonly digest: Digest | null;
}
