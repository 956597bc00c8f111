import { createRequire } from "node:module";
import type { Ignore, Options } from "ignore";

const require = createRequire(import.meta.url);

/** A file of ignore patterns: its path as the index takes it, and the workspace's path from where it counts. */
export interface IgnoreFile {
  readonly path: string;
  /** With a final slash; empty: the workspace itself. */
  readonly prefix: string;
}

/** What decides, beside the .gitignore files in the workspace, what git ignores. */
export interface IgnoresAbove {
  /** Lowest rank first. */
  readonly files: readonly IgnoreFile[];
  /** As `core.ignorecase` says. */
  readonly ignoresCase: boolean;
}

/** What one file of ignore patterns says of a path. */
export type IgnoreRules = (
  path: string,
  isDirectory: boolean,
) => { readonly ignored: boolean; readonly unignored: boolean };

/** @param relative The path as the file's patterns see it. */
export function parseIgnoreFile(text: string, relative: (path: string) => string, ignoresCase: boolean): IgnoreRules {
  const ignore = require("ignore") as (options: Options) => Ignore;
  const rules = ignore({ ignorecase: ignoresCase }).add(text);
  return (path, isDirectory) => rules.test(relative(path) + (isDirectory ? "/" : ""));
}

/** The deepest file that says anything of a path decides, as in git. */
export function isIgnored(rules: readonly IgnoreRules[], path: string, isDirectory: boolean): boolean {
  for (const ignored of rules.toReversed()) {
    const verdict = ignored(path, isDirectory);
    if (verdict.ignored || verdict.unignored) return verdict.ignored;
  }
  return false;
}
