import { isAbsolute, join, relative } from "node:path";
import { type Expanded, expandSet, type GlobSource } from "../files/glob.ts";
import { FileIndex } from "../files/index.ts";
import { type Linked, linkedPaths, listThrough } from "../files/linked.ts";
import { packIndex, unpackIndex } from "../files/packed/pack.ts";
import { type ResolvedTool, resolveTool, type ToolPlaces, unexecutable } from "../files/tools/resolve.ts";
import type { ToolHost } from "../files/tools/tool-file.ts";
import { fileClock } from "../host/files/clock.ts";
import { Contained } from "../host/files/contained.ts";
import { realFiles } from "../host/files/files.ts";
import { hasher } from "../host/files/hash.ts";
import type { FileReader, Hasher, HoldableClock } from "../host/files/host.ts";
import { VERSION } from "../host/inc-version.ts";
import type { FileSet } from "../model/graph.ts";
import type { Identity } from "../model/identity.ts";
import { isWithin } from "../model/path.ts";
import { temporaryIn } from "../store/blobs/temporary.ts";
import { storeDirectory } from "./directory.ts";
import { GitIgnoreFinder } from "./git-ignores.ts";
import type { LastRun } from "./last-run.ts";
import type { Claims } from "./ledger.ts";
import { readSnapshot, type Snapshot } from "./snapshot.ts";
import type { OpeningLook } from "./snapshot-check.ts";
import { type CurrentSet, unclaimed, WatchedSets } from "./watched-sets.ts";

/** The changes that a watcher reports. */
export interface ReportedChanges {
  /** True for a directory of whose entries every change is reported. */
  isWatched(directory: string): boolean;
  /** Paths that changed, or may have, since the last call; undefined: some may be missing. */
  take(): ReadonlySet<string> | undefined;
}

/** A place in a directory, which nothing that is changed there leaves. */
export interface Place {
  readonly tree: Contained;
  /** Relative to it. */
  readonly path: string;
}

/** What a pipeline makes, for finding tools; and, with --dry, what a run would put there. */
export type ToolsSeen = Pick<ToolHost, "isMade"> & Partial<Pick<ToolHost, "identify" | "realpath">>;

/** A workspace on this machine: its files, and what an earlier run knew of them. */
export class Workspace {
  /** Absolute. */
  readonly root: string;
  /** Absolute path of the store's directory. */
  readonly directory: string;
  readonly files: FileReader = realFiles;
  readonly hasher: Hasher = hasher;
  readonly clock: HoldableClock;
  readonly index: FileIndex;
  readonly snapshot: Snapshot | undefined;
  #look: OpeningLook | undefined;
  /** Set once the store is open. */
  salt: Uint8Array = new Uint8Array();
  #lastRun: LastRun | undefined;
  readonly #changes: ReportedChanges | undefined;
  readonly #git: GitIgnoreFinder;
  readonly #sets = new WatchedSets(hasher);
  /** By `keyOf`: what was reached through links when a set was expanded last. */
  readonly #linked = new Map<string, Linked>();
  /** Of the index, when the sets were listed. */
  #relisted = 0;
  /** Without a watcher, by `keyOf`: members of sets that follow from the listings of directories alone. */
  readonly #expanded = new Map<string, { readonly paths: readonly string[]; readonly listings: number }>();

  /**
   * @param changes Absent: each table examines everything again.
   * @param look What was seen already, with the snapshot that says what it was compared with.
   */
  constructor(root: string, changes?: ReportedChanges, look?: OpeningLook) {
    this.root = root;
    this.#changes = changes;
    this.#look = look;
    this.directory = storeDirectory(root);
    this.clock = fileClock(join(this.directory, "clock"));
    this.snapshot = look?.snapshot ?? readSnapshot(join(this.directory, "snapshot"), VERSION);
    const packed = look?.index ?? unpackIndex(this.snapshot?.index ?? packIndex([], 0n));
    const watched = changes === undefined ? {} : { watched: (directory: string) => changes.isWatched(directory) };
    this.index = new FileIndex({ root, files: this.files, clock: this.clock, hasher, packed, ...watched });
    this.#git = new GitIgnoreFinder(root, this.files, this.index);
  }

  /**
   * Begins a new table of what there is. Under watch what was seen holds, but for what has changed.
   * @param moved Paths that were already seen to have changed, whether that was reported or not.
   */
  pin(moved: readonly string[] = []): void {
    const reported = this.#changes?.take();
    if (reported === undefined) {
      this.index.pin();
      this.#sets.clear();
      return;
    }
    const changed = new Set([...reported, ...moved, ...this.index.forgotten]);
    this.index.repin(changed);
    this.#sets.changed(changed, (path) => this.typeOf(path));
  }

  /**
   * Lets the look that was taken before the workspace was opened count for the present table.
   * @param generation The store's, now that the lease is held: a commit since then would make the look worthless.
   */
  vouch(generation: string): void {
    const look = this.#look;
    if (look?.snapshot.header.generation === generation && look.isOfOneMoment)
      this.index.vouched.begin(look.same, look.selection.absent);
  }

  /** What was seen before the workspace was opened; undefined: nothing, or the present table is a later one. */
  get look(): OpeningLook | undefined {
    return this.index.vouched.isInForce ? this.#look : undefined;
  }

  /** What decides which files git ignores, as the index names it, by this run and by those that it takes sets over from. */
  get gitSources(): readonly string[] {
    const before = this.look?.snapshot.header.git ?? this.#lastRun?.header.git ?? [];
    return [...new Set([...before, ...this.#git.used])];
  }

  /** Undefined: no run has ended in this process, or nothing watches; the snapshot is what counts. */
  get lastRun(): LastRun | undefined {
    return this.#lastRun;
  }

  /** Leaves the run's pins to the next table. Does nothing without a watcher, as that table examines everything. */
  leave(lastRun: LastRun): void {
    if (this.#changes === undefined) return;
    this.#lastRun = lastRun;
    this.index.rebase();
  }

  get logs(): string {
    return join(this.directory, "logs");
  }

  get temporary(): string {
    return temporaryIn(this.directory);
  }

  absolute(path: string): string {
    return isAbsolute(path) ? path : join(this.root, path);
  }

  /** A workspace path as a command in `cwd` (a workspace path too) names it. */
  relativeTo(cwd: string, path: string): string {
    return relative(join(this.root, cwd), this.absolute(path));
  }

  /** Members of a set as they are now, what tasks make included. */
  expand(set: FileSet, directories = false): readonly string[] {
    const key = keyOf(set, directories);
    if (this.#changes === undefined) return this.#expandAgain(key, set, directories);
    if (this.#relisted !== this.index.relisted) this.#sets.clear();
    this.#relisted = this.index.relisted;
    const ignores = set.gitignore ? this.#git.find() : undefined;
    const ignored = [ignores, ignores?.files.map(({ path }) => this.index.identify(path) ?? null)];
    return this.#sets.expand(JSON.stringify([key, ignored]), set, directories ? "directory" : "file", () =>
      this.#expand(key, set, directories),
    );
  }

  /** Members of a set without what tasks make, under whatever name a link gives it. */
  members(set: FileSet, claims: Claims, directories = false): readonly string[] {
    return unclaimed(this.expand(set, directories), claims, this.linked(set, directories));
  }

  /** What was reached through links when a set was expanded last. */
  linked(set: FileSet, directories = false): Linked {
    return this.#linked.get(keyOf(set, directories)) ?? NONE;
  }

  /** Every path under which a set reached something through links. */
  otherNames(path: string): readonly string[] {
    return [...this.#linked.values()].flatMap((linked) => linkedPaths(path, linked));
  }

  /** A set of a graph without what tasks make, and its tree. */
  currentSet(set: FileSet, claims: Claims, identify: (path: string) => Identity | undefined): CurrentSet {
    const isUnwatched = (path: string): boolean => this.index.isUnwatched(path);
    const expansion = this.expand(set);
    return this.#sets.current(set, expansion, claims, { identify, isUnwatched, linked: this.linked(set) });
  }

  /** A set is matched with all names again only when some of them may be others. */
  #expandAgain(key: string, set: FileSet, directories: boolean): readonly string[] {
    const { listings } = this.index;
    const known = this.#expanded.get(key);
    const isIgnoring = set.gitignore && this.#git.find().files.length > 0;
    if (known?.listings === listings && !isIgnoring) return known.paths;
    const { paths, plain } = this.#expand(key, set, directories);
    if (plain && !isIgnoring) this.#expanded.set(key, { paths, listings });
    else this.#expanded.delete(key);
    return paths;
  }

  #expand(key: string, set: FileSet, directories: boolean): Expansion {
    let lasting = true;
    let plain = true;
    const source: GlobSource = {
      list: (path) => {
        lasting &&= this.index.isWatched(path);
        const entries = listThrough(path, this.index);
        plain &&= entries !== undefined;
        return entries;
      },
      real: (path) => this.index.relative(this.files.realpath(this.absolute(path)) ?? path),
      readText: (path) => {
        if (this.index.identify(path) === undefined) return undefined;
        plain = false;
        return this.files.read(this.absolute(path))?.toString("utf8");
      },
      ignores: () => this.#git.find(),
    };
    const expanded = expandSet(set, source, directories);
    if (expanded.linked.size > 0) this.#linked.set(key, expanded.linked);
    else this.#linked.delete(key);
    return { ...expanded, lasting, plain: plain && expanded.linked.size === 0 };
  }

  /** What is at a path now; undefined: nothing, or nothing that counts. */
  typeOf(path: string): "file" | "directory" | "link" | undefined {
    try {
      const type = this.files.stat(this.absolute(path))?.type;
      return type === "symlink" ? "link" : type === "other" ? undefined : type;
    } catch {
      // The task that needs it says why it cannot be examined.
      return undefined;
    }
  }

  resolveTool(name: string, cwd: string, seen: ToolsSeen): ResolvedTool | undefined {
    return resolveTool(name, this.#toolPlaces(cwd), { ...this.#toolHost(seen.isMade), ...seen });
  }

  /** Where there is a file of a tool's name that may not be executed. */
  unexecutableTool(name: string, cwd: string): string | undefined {
    return unexecutable(
      name,
      this.#toolPlaces(cwd),
      this.#toolHost(() => false),
    );
  }

  #toolPlaces(cwd: string): ToolPlaces {
    return { workspace: this.root, cwd, path: process.env["PATH"] ?? "" };
  }

  #toolHost(isMade: (path: string) => boolean): ToolHost {
    return {
      identify: (path) => this.index.identify(path),
      realpath: (path) => this.files.realpath(this.absolute(path)),
      read: (path) => this.files.read(this.absolute(path)),
      list: (path) => this.index.list(path),
      digest: (text) => this.hasher.digest(text),
      isMade,
    };
  }

  /** Where to change what is at a workspace path: in the workspace, or in its store. */
  place(path: string): Place {
    const absolute = this.absolute(path);
    const root = isWithin(absolute, this.directory) ? this.directory : this.root;
    return { tree: new Contained(root), path: relative(root, absolute) };
  }

  /** Removes a workspace path and all below it; symlinks themselves, never what they lead to. */
  remove(path: string): void {
    const { tree, path: inner } = this.place(path);
    tree.remove(inner);
  }
}

/** `lasting`: whatever changes it is reported. `plain`: it follows from the listings of directories alone. */
interface Expansion extends Expanded {
  readonly lasting: boolean;
  readonly plain: boolean;
}

const NONE: Linked = new Map();

/** What the members of a set depend on, beside the files themselves. */
function keyOf({ patterns, exclude, gitignore, follow }: FileSet, directories: boolean): string {
  return JSON.stringify([patterns, exclude, gitignore, follow === true, directories]);
}
