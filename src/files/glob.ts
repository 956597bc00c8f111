import { createRequire } from "node:module";
import type { Ignore } from "ignore";
import type { DirectoryEntry } from "../host/files/host.ts";
import type { FileSet } from "../model/graph.ts";
import { compareBytes } from "../model/order.ts";
import { literalBase } from "../model/pattern.ts";
import { refuseForeign } from "./foreign-name.ts";

/** What expanding a set reads: the file index, which remembers what it looked at. */
export interface GlobSource {
  list(path: string): readonly DirectoryEntry[] | undefined;
  /** The text of a file; undefined: it is not there. Remembered as an input of the expansion. */
  readText(path: string): string | undefined;
  /** Where git looks for patterns above the workspace, lowest rank first. */
  ignoreFilesAbove(): readonly IgnoreFile[];
}

/** A file of ignore patterns: its path as the index takes it, and the workspace's path from where it counts. */
export interface IgnoreFile {
  readonly path: string;
  /** With a final slash; empty: the workspace itself. */
  readonly prefix: string;
}

type Matches = (path: string) => boolean;

interface Pattern {
  readonly pattern: string;
  /** The directory above the first wildcard; empty: the workspace. */
  readonly base: string;
  readonly matches: Matches;
}

const require = createRequire(import.meta.url);

/** Directories that no wildcard reaches, wherever they stand. */
const NEVER = new Set([".git", ".inc"]);

/**
 * Paths that a set's patterns match, sorted by bytes. Case-sensitive; a name that begins with a dot only where the pattern
 * has the dot; symlinks to directories are not entered; node_modules only where the literal beginning of a pattern leads
 * there. @param directories Matches directories instead of files.
 */
export function expandSet(set: FileSet, source: GlobSource, directories = false): string[] {
  const picomatch = require("picomatch") as typeof import("picomatch");
  const include = set.patterns.map((pattern) => compile(pattern, picomatch(pattern, { nonegate: true })));
  const exclude = set.exclude.map((pattern) => picomatch(pattern, { dot: true, nonegate: true }));
  const found = new Set<string>();
  const walk = new Walk(source, exclude, set.gitignore, directories, found);
  const bases = new Map<string, Pattern[]>();
  for (const pattern of include) bases.set(pattern.base, [...(bases.get(pattern.base) ?? []), pattern]);
  for (const [base, patterns] of bases) walk.start(base, patterns);
  return [...found].sort(compareBytes);
}

/** Tells which paths a set may hold, whatever git ignores. */
export function setMatcher(set: Pick<FileSet, "patterns" | "exclude">): Matches {
  const picomatch = require("picomatch") as typeof import("picomatch");
  const include = set.patterns.map((pattern) => picomatch(pattern, { nonegate: true }));
  const exclude = set.exclude.map((pattern) => picomatch(pattern, { dot: true, nonegate: true }));
  return (path) => include.some((matches) => matches(path)) && !exclude.some((matches) => matches(path));
}

/** Tells whether something that came somewhere may be a member of a set, or be a directory with one in it. */
export function joins(
  set: Pick<FileSet, "patterns" | "exclude">,
  list: GlobSource["list"],
): (path: string, type: DirectoryEntry["type"]) => boolean {
  const matches = setMatcher(set);
  const mayJoin = (path: string, type: DirectoryEntry["type"]): boolean => {
    if (type !== "directory") return matches(path);
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (NEVER.has(name) || name === "node_modules") return false;
    return (list(path) ?? []).some((entry) => mayJoin(`${path}/${entry.name}`, entry.type));
  };
  return mayJoin;
}

/** Tells which names a pattern matches, those that begin with a dot too. */
export function matcher(pattern: string): Matches {
  const picomatch = require("picomatch") as typeof import("picomatch");
  return picomatch(pattern, { dot: true, nonegate: true });
}

function compile(pattern: string, matches: Matches): Pattern {
  return { pattern, base: literalBase(pattern), matches };
}

class Walk {
  readonly #source: GlobSource;
  readonly #exclude: readonly Matches[];
  readonly #gitignore: boolean;
  readonly #directories: boolean;
  readonly #found: Set<string>;

  constructor(
    source: GlobSource,
    exclude: readonly Matches[],
    gitignore: boolean,
    directories: boolean,
    found: Set<string>,
  ) {
    this.#source = source;
    this.#exclude = exclude;
    this.#gitignore = gitignore;
    this.#directories = directories;
    this.#found = found;
  }

  start(base: string, patterns: readonly Pattern[]): void {
    const above = base === "" ? [] : base.split("/").map((_, i, steps) => steps.slice(0, i + 1).join("/"));
    if (above.some((directory) => this.#exclude.some((matches) => matches(directory)))) return;
    const ignores = this.#gitignore ? this.#ignoresAbove(base) : [];
    const deep = patterns.some(({ pattern }) => pattern.includes("**"));
    const depth = Math.max(...patterns.map(({ pattern }) => pattern.split("/").length));
    this.#visit(base, patterns, ignores, deep ? Number.POSITIVE_INFINITY : depth);
  }

  /** @param depth How many steps the longest pattern has: below that nothing can match. */
  #visit(directory: string, patterns: readonly Pattern[], ignores: readonly Ignored[], depth: number): void {
    const here = this.#gitignore ? [...ignores, ...this.#ignoreIn(directory)] : ignores;
    for (const entry of this.#source.list(directory === "" ? "." : directory) ?? []) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      const isDirectory = entry.type === "directory";
      if (isDirectory && NEVER.has(entry.name)) continue;
      if (isIgnored(here, path, isDirectory)) continue;
      if (this.#exclude.some((matches) => matches(path))) continue;
      const wanted = this.#directories ? isDirectory : entry.type === "file" || entry.type === "symlink";
      const matched = wanted && patterns.some(({ matches }) => matches(path));
      const entered = isDirectory && this.#enters(entry.name, path, depth, patterns);
      // Only what is a part of the set, or may hold one.
      if (matched || entered) refuseForeign(directory, entry);
      if (matched) this.#found.add(path);
      if (entered) this.#visit(path, patterns, here, depth);
    }
  }

  #enters(name: string, path: string, depth: number, patterns: readonly Pattern[]): boolean {
    if (path.split("/").length >= depth) return false;
    if (name === "node_modules") return false;
    if (name.startsWith("."))
      return patterns.some(
        ({ pattern }) =>
          pattern.includes(`/${name}/`) ||
          pattern.startsWith(`${name}/`) ||
          pattern.includes("/.") ||
          pattern.startsWith("."),
      );
    return true;
  }

  #ignoresAbove(base: string): Ignored[] {
    const steps = base === "" ? [] : base.split("/");
    return [
      ...this.#source.ignoreFilesAbove().flatMap(({ path, prefix }) => {
        const text = this.#source.readText(path);
        return text === undefined ? [] : [ignoredBy(text, (candidate) => prefix + candidate)];
      }),
      ...steps.flatMap((_, i) => this.#ignoreIn(steps.slice(0, i).join("/"))),
    ];
  }

  #ignoreIn(directory: string): Ignored[] {
    const text = this.#source.readText(directory === "" ? ".gitignore" : `${directory}/.gitignore`);
    if (text === undefined) return [];
    const above = directory === "" ? 0 : directory.length + 1;
    return [ignoredBy(text, (path) => path.slice(above))];
  }
}

function ignoredBy(text: string, relative: (path: string) => string): Ignored {
  const ignore = require("ignore") as () => Ignore;
  const rules = ignore().add(text);
  return (path, isDirectory) => rules.test(relative(path) + (isDirectory ? "/" : ""));
}

/** What one .gitignore says of a path. */
type Ignored = (path: string, isDirectory: boolean) => { readonly ignored: boolean; readonly unignored: boolean };

/** The deepest .gitignore that says anything of a path decides, as in git. */
function isIgnored(ignores: readonly Ignored[], path: string, isDirectory: boolean): boolean {
  for (const ignored of [...ignores].reverse()) {
    const verdict = ignored(path, isDirectory);
    if (verdict.ignored || verdict.unignored) return verdict.ignored;
  }
  return false;
}
