import type { DirectoryEntry } from "../host/files/host.ts";
import type { FileSet } from "../model/graph.ts";
import { compareBytes } from "../model/order.ts";
import { literalBase } from "../model/pattern.ts";
import { refuseForeign } from "./foreign-name.ts";
import { type IgnoreRules, type IgnoresAbove, isIgnored, parseIgnoreFile } from "./ignored.ts";
import type { Linked } from "./linked.ts";
import { advance, begin, covers, isNamedOnly, matchesPath, type Positions } from "./match.ts";

/** What expanding a set reads: the file index, which remembers what it examined. */
export interface GlobSource {
  /** Entries of a directory, also where a link leads to it. */
  list(path: string): readonly DirectoryEntry[] | undefined;
  /** The path without a link on the way, as the file index takes it: absolute outside the workspace. */
  real(path: string): string;
  /** The text of a file; undefined: it is not there. Remembered as an input of the expansion. */
  readText(path: string): string | undefined;
  ignores(): IgnoresAbove;
}

type Matches = (path: string) => boolean;

export interface Expanded {
  /** Sorted by bytes. */
  readonly paths: readonly string[];
  readonly linked: Linked;
}

/**
 * Paths that a set's patterns match. Case-sensitive; a name that begins with a dot only where the pattern has the dot;
 * node_modules, .git and .inc only where a pattern names them. A step that is no `**` leads through symlinks, and `**`
 * does with `follow`, but not back to where the walk is.
 * @param directories Matches directories instead of files.
 */
export function expandSet(set: FileSet, source: GlobSource, directories = false): Expanded {
  const walk = new Walk(set, source, directories);
  const bases = new Map<string, string[]>();
  for (const pattern of set.patterns) {
    const base = literalBase(pattern);
    bases.set(base, [...(bases.get(base) ?? []), pattern]);
  }
  for (const [base, patterns] of bases) walk.start(base, patterns);
  return { paths: [...walk.found].sort(compareBytes), linked: walk.linked };
}

/** A predicate for paths that a set may hold, whatever git ignores. */
export function setMatcher(set: Pick<FileSet, "patterns" | "exclude">): Matches {
  const include = begin(set.patterns);
  const exclude = begin(set.exclude);
  return (path) => matchesPath(include, path, false) && !covers(exclude, path);
}

/** A predicate for new paths that may be a member of a set, or a directory with one in it. */
export function joins(
  set: Pick<FileSet, "patterns" | "exclude">,
  list: (path: string) => readonly DirectoryEntry[] | undefined,
): (path: string, type: DirectoryEntry["type"]) => boolean {
  const matches = setMatcher(set);
  const mayJoin = (path: string, type: DirectoryEntry["type"]): boolean => {
    if (type === "symlink") return true;
    if (type !== "directory") return matches(path);
    return (list(path) ?? []).some((entry) => mayJoin(`${path}/${entry.name}`, entry.type));
  };
  return mayJoin;
}

/** A predicate for names that a pattern matches, those that begin with a dot too. */
export function matcher(pattern: string): Matches {
  const positions = begin([pattern]);
  return (path) => matchesPath(positions, path, true);
}

/** A directory that a walk has reached. */
interface Place {
  /** Empty: the workspace. */
  readonly directory: string;
  readonly include: Positions;
  readonly exclude: Positions;
  readonly ignores: readonly IgnoreRules[];
  readonly real: string;
  /** Real paths of the directories on the way here. */
  readonly around: readonly string[];
}

class Walk {
  readonly found = new Set<string>();
  readonly linked = new Map<string, string>();
  readonly #set: FileSet;
  readonly #source: GlobSource;
  readonly #directories: boolean;
  readonly #above: IgnoresAbove;

  constructor(set: FileSet, source: GlobSource, directories: boolean) {
    this.#set = set;
    this.#source = source;
    this.#directories = directories;
    this.#above = set.gitignore ? source.ignores() : { files: [], ignoresCase: false };
  }

  /** @param base The directory that all these patterns begin with. */
  start(base: string, patterns: readonly string[]): void {
    let include = begin(patterns);
    let exclude = begin(this.#set.exclude);
    for (const name of base === "" ? [] : base.split("/")) {
      const out = advance(exclude, name, true);
      if (out.hit) return;
      include = advance(include, name, false).named;
      exclude = [...out.named, ...out.deep];
    }
    const ignores = this.#set.gitignore ? this.#ignoresAbove(base) : [];
    const real = this.#source.real(base === "" ? "." : base);
    if (real !== (base === "" ? "." : base)) this.linked.set(base, real);
    this.#visit({ directory: base, include, exclude, ignores, real, around: [] });
  }

  #visit(place: Place): void {
    const { directory } = place;
    const entries = this.#source.list(directory === "" ? "." : directory);
    if (entries === undefined) return;
    const around = [...place.around, place.real];
    const ignores = this.#set.gitignore ? [...place.ignores, ...this.#ignoreIn(directory)] : place.ignores;
    for (const entry of entries) this.#meet(entry, { ...place, ignores, around });
  }

  #meet(entry: DirectoryEntry, place: Place): void {
    const { name, type } = entry;
    const { hit, byName, named, deep } = advance(place.include, name, false);
    if (!hit && named.length === 0 && deep.length === 0) return;
    const out = advance(place.exclude, name, true);
    const path = place.directory === "" ? name : `${place.directory}/${name}`;
    if (out.hit || isIgnored(place.ignores, path, type === "directory")) return;
    const isLink = type === "symlink";
    const include = isLink && this.#set.follow !== true ? named : [...named, ...deep];
    const leads = isLink && (include.length > 0 || this.#isSought(hit)) && this.#source.list(path) !== undefined;
    const isDirectory = type === "directory" || leads;
    const isHidden = isNamedOnly(name) && !byName && type !== "file";
    const isMember = hit && !isHidden && this.#isWanted(type, isDirectory);
    const isEntered = isDirectory && include.length > 0;
    if (isMember || isEntered) refuseForeign(place.directory, entry);
    if (isMember) this.found.add(path);
    if (!isEntered) return;
    const real = isLink ? this.#source.real(path) : place.real === "." ? name : `${place.real}/${name}`;
    if (this.#set.follow === true && place.around.includes(real)) return;
    if (isLink) this.linked.set(path, real);
    this.#visit({ ...place, directory: path, include, exclude: [...out.named, ...out.deep], real });
  }

  /** True when the walk has to know what a matched link leads to. */
  #isSought(hit: boolean): boolean {
    return hit && (this.#directories || this.#set.follow === true);
  }

  /** A link to a directory is a member itself where it is not followed. */
  #isWanted(type: DirectoryEntry["type"], isDirectory: boolean): boolean {
    if (this.#directories) return isDirectory;
    if (type === "symlink") return !(isDirectory && this.#set.follow === true);
    return type === "file";
  }

  #ignoresAbove(base: string): IgnoreRules[] {
    const steps = base === "" ? [] : base.split("/");
    return [
      ...this.#above.files.flatMap(({ path, prefix }) => {
        const text = this.#source.readText(path);
        return text === undefined ? [] : [this.#rules(text, (candidate) => prefix + candidate)];
      }),
      ...steps.flatMap((_, i) => this.#ignoreIn(steps.slice(0, i).join("/"))),
    ];
  }

  #ignoreIn(directory: string): IgnoreRules[] {
    const text = this.#source.readText(directory === "" ? ".gitignore" : `${directory}/.gitignore`);
    if (text === undefined) return [];
    const above = directory === "" ? 0 : directory.length + 1;
    return [this.#rules(text, (path) => path.slice(above))];
  }

  #rules(text: string, relative: (path: string) => string): IgnoreRules {
    return parseIgnoreFile(text, relative, this.#above.ignoresCase);
  }
}
