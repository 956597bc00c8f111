import { findShell } from "../../execute/render.ts";
import type { MadeIn } from "../../files/closing-look.ts";
import type { Came } from "../../files/file-index.ts";
import { joins } from "../../files/glob.ts";
import type { ResolvedTool } from "../../files/tools.ts";
import { canonical } from "../../fingerprint/canonical.ts";
import type { Pins } from "../../fingerprint/describe.ts";
import { buildSet } from "../../fingerprint/sets.ts";
import { readsOf } from "../../graph/reads.ts";
import type { Description, EnvValue, SetNode, ToolIdentity } from "../../model/description.ts";
import type { Digest, Fingerprint } from "../../model/digest.ts";
import type { FileSet, Graph, ParamValue, Task, UnitItem } from "../../model/graph.ts";
import { type Identity, sameIdentity } from "../../model/identity.ts";
import { dictionary, own } from "../../model/own.ts";
import { hasWildcard, literalBase } from "../../model/pattern.ts";
import type { Claims } from "../../workspace/ledger.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import { type PinnedObjects, pathOfObject } from "./pinned-objects.ts";
import { PLATFORM } from "./platform.ts";

interface PinnedSet {
  readonly paths: readonly string[];
  readonly root: Digest;
  /** How much of what came since has been seen not to be in it. */
  came: number;
}

/**
 * One table of what a round of a run takes as given. Everything is looked at once and stays as it was seen, until the
 * sweep at the end asks whether it still holds.
 */
export class RunPins implements Pins {
  readonly platform = PLATFORM;
  readonly #workspace: Workspace;
  /** What tasks make: no glob matches it. */
  readonly #claims: Claims;
  readonly #graph: Graph;
  readonly #params: Readonly<Record<string, ParamValue>>;
  readonly #objects: PinnedObjects;
  readonly #sets = new Map<number, PinnedSet>();
  readonly #tools = new Map<string, ResolvedTool | undefined>();
  readonly #fingerprints = new Map<string, Fingerprint>();
  readonly #found = new Map<string, readonly string[]>();
  readonly #assumed = new Map<string, Identity>();
  /** Every path that was identified, and as what it was first: what the sweep looks at again. */
  readonly #used = new Map<string, Identity | undefined>();
  /** Indexes of the sets all of whose members were looked at for their versions. */
  readonly notedSets = new Set<number>();
  /** Nodes of every set, by digest: what a record's roots lead to. */
  readonly nodes = new Map<Digest, SetNode>();

  constructor(
    workspace: Workspace,
    claims: Claims,
    graph: Graph,
    params: Readonly<Record<string, ParamValue>>,
    objects: PinnedObjects,
  ) {
    this.#workspace = workspace;
    this.#claims = claims;
    this.#graph = graph;
    this.#params = params;
    this.#objects = objects;
  }

  get shell(): "bash" | "sh" {
    return findShell().kind;
  }

  identify(path: string): Identity | undefined {
    const assumed = this.#assumed.get(path);
    if (assumed !== undefined) return assumed;
    const identity = this.#workspace.index.identify(path);
    if (!this.#used.has(path)) this.#used.set(path, identity);
    return identity;
  }

  /** Every path that was identified. */
  get used(): readonly string[] {
    return [...this.#used.keys()];
  }

  /**
   * False when the index knows a path as something else by now than it was taken for: a task has written there meanwhile,
   * perhaps behind a symlink, so that what is pinned is later than what was read.
   */
  holds(path: string): boolean {
    return !this.#used.has(path) || sameIdentity(this.#used.get(path), this.#workspace.index.identify(path));
  }

  /** What was identified and is something else now. */
  moved(): readonly string[] {
    const moved = new Set(this.#workspace.index.moved(this.used));
    return this.used.filter((path) => moved.has(path) || !this.holds(path));
  }

  /** A task has made something there: from now on that is what counts. */
  remade(path: string): void {
    this.#used.delete(path);
  }

  object(name: string): Identity | undefined {
    return this.#objects.version(name)?.identity;
  }

  /** With --dry: what a path would be by then. */
  assume(path: string, identity: Identity): void {
    this.#assumed.set(path, identity);
  }

  /** True when what stands on the disk is not what a path would be by then. */
  isAssumed(path: string): boolean {
    return this.#assumed.has(path);
  }

  /** Paths whose content a task's command may read or run, by its declared inputs. */
  readBy(task: Task): readonly string[] {
    const { paths, sets, objects, tools } = readsOf(task);
    return [
      ...paths,
      ...sets.flatMap((set) => this.setPaths(set)),
      ...objects.map(({ name }) => pathOfObject(this.#workspace, name)),
      ...tools.flatMap((name) => this.resolvedTool(name, task.cwd)?.looked ?? []),
    ];
  }

  /** The set nodes that a description's roots lead to. */
  nodesOf(description: Description): readonly (readonly [Digest, SetNode])[] {
    const reached = new Map<Digest, SetNode>();
    const open = Object.values(description.sets);
    for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
      const node = this.nodes.get(digest);
      if (node === undefined || reached.has(digest)) continue;
      reached.set(digest, node);
      for (const child of node) if ("node" in child) open.push(child.node);
    }
    return [...reached];
  }

  setPaths(set: number): readonly string[] {
    return this.#set(set).paths;
  }

  setRoot(set: number): Digest {
    return this.#set(set).root;
  }

  /** Labels of the sets that were expanded and have other members now. */
  movedSets(): readonly string[] {
    return [...this.#sets.keys()].filter((index) => !this.#holds(index)).map((index) => this.#labelOf(index));
  }

  /** The same of the sets that a task reads, whose directories it looks at again. */
  movedSetsOf(task: Task): readonly string[] {
    return readsOf(task)
      .sets.filter((index) => this.#hasJoined(index))
      .map((index) => this.#labelOf(index));
  }

  /**
   * To match all names again for each task that reads a set would take long: only when something came that may be a member
   * it is done. What went is among the paths that were read.
   */
  #hasJoined(index: number): boolean {
    const set = this.#graph.sets[index] as FileSet;
    const pinned = this.#set(index);
    const files = this.#workspace.index;
    const bases = new Set(set.patterns.map(literalBase));
    const behindLinks = [...this.#workspace.linked(set).values()];
    for (const directory of [...bases, ...behindLinks]) files.relist(directory);
    // What came behind a link has another name there.
    const listed = behindLinks.length === 0 && [...bases].every((base) => files.isListed(base || "."));
    const came = files.came.slice(pinned.came).filter(({ path }) => !this.#claims.has(path));
    if ((!listed || this.#mayJoin(set, came)) && !this.#holds(index)) return true;
    pinned.came = files.came.length;
    return false;
  }

  /** Directories in which a member of a set may come and go, as far as they were listed. */
  *directoriesOf(index: number): IterableIterator<string> {
    for (const pattern of (this.#graph.sets[index] as FileSet).patterns.filter(hasWildcard)) {
      const base = literalBase(pattern);
      const steps = base === "" ? 0 : base.split("/").length;
      const deepest = pattern.includes("**") ? Number.POSITIVE_INFINITY : pattern.split("/").length - 1 - steps;
      for (const directory of this.#workspace.index.listed(base)) {
        const below = directory === base || directory === "." ? [] : directory.split("/").slice(steps);
        const entered = below.length <= deepest && !below.some((name) => name === "node_modules" || name === ".git");
        if (entered && !this.#claims.has(directory)) yield directory;
      }
    }
  }

  /** What tasks make in a directory. */
  madeIn(directory: string): MadeIn {
    return this.#claims.madeIn(directory);
  }

  #mayJoin(set: FileSet, came: readonly Came[]): boolean {
    // Patterns are compiled for what came alone, which mostly is nothing.
    if (came.length === 0) return false;
    const mayJoin = joins(set, (path) => this.#workspace.index.list(path));
    return came.some(({ path, type }) => mayJoin(path, type));
  }

  #labelOf(set: number): string {
    return (this.#graph.sets[set] as FileSet).label;
  }

  #holds(set: number): boolean {
    const before = this.#sets.get(set)?.paths ?? [];
    const now = this.#expand(this.#graph.sets[set] as FileSet);
    return now.length === before.length && now.every((path, i) => path === before[i]);
  }

  unitsRoot(items: readonly UnitItem[]): Digest {
    const paths = items.flatMap((item) => (item.path === undefined ? [] : [item.path]));
    return this.#root(paths);
  }

  param(name: string): ParamValue {
    return own(this.#params, name) as ParamValue;
  }

  env(name: string): EnvValue {
    const source = this.#graph.envs.find((candidate) => candidate.name === name);
    const value = own(process.env, name) ?? source?.default;
    if (value === undefined) return { kind: "unset" };
    if (source?.secret !== true) return { kind: "value", value };
    const bytes = canonical([Buffer.from(this.#workspace.salt).toString("hex"), value]);
    return { kind: "secret", digest: this.#workspace.hasher.digest(bytes) };
  }

  tool(name: string, cwd: string): ToolIdentity | undefined {
    return this.resolvedTool(name, cwd)?.identity;
  }

  resolvedTool(name: string, cwd: string): ResolvedTool | undefined {
    const key = toolKey(name, cwd);
    if (!this.#tools.has(key)) {
      const { index, files } = this.#workspace;
      const absolute = (path: string): string => this.#workspace.absolute(path);
      const tool = this.#workspace.resolveTool(name, cwd, {
        isMade: (path) => this.#claims.has(path),
        identify: (path) => this.#assumed.get(path) ?? index.identify(path),
        realpath: (path) => files.realpath(absolute(path)) ?? (this.#assumed.has(path) ? absolute(path) : undefined),
      });
      for (const path of tool?.looked ?? []) this.identify(path);
      this.#tools.set(key, tool);
    }
    return this.#tools.get(key);
  }

  /** Tools of which nothing says in which version a manager of versions starts them, by name. */
  unseenTools(): ReadonlyMap<string, NonNullable<ResolvedTool["unseen"]>> {
    return new Map(
      [...this.#tools].flatMap(([key, tool]) =>
        tool?.unseen === undefined ? [] : [[key.slice(key.indexOf("\0") + 1), tool.unseen] as const],
      ),
    );
  }

  /** Where there is a file of a tool's name that may not be executed. */
  unexecutableTool(name: string, cwd: string): string | undefined {
    return this.#workspace.unexecutableTool(name, cwd);
  }

  tools(): readonly ResolvedTool[] {
    return [...this.#tools.values()].filter((tool) => tool !== undefined);
  }

  /** Digests of the sets that were needed, by index. */
  setRoots(): readonly (Digest | null)[] {
    return this.#graph.sets.map((_, index) => this.#sets.get(index)?.root ?? null);
  }

  /** What tools resolved to, by `toolKey`. */
  toolIdentities(): Readonly<Record<string, ToolIdentity>> {
    const found = [...this.#tools].flatMap(([key, tool]) =>
      tool === undefined ? [] : [[key, tool.identity] as const],
    );
    return dictionary(found);
  }

  fingerprint(task: string): Fingerprint {
    return this.#fingerprints.get(task) as Fingerprint;
  }

  /** @param found Found inputs that the fingerprint holds. */
  setFingerprint(task: string, fingerprint: Fingerprint, found: readonly string[] = []): void {
    this.#fingerprints.set(task, fingerprint);
    this.#found.set(task, found);
  }

  found(task: string): readonly string[] {
    return this.#found.get(task) ?? [];
  }

  #set(index: number): PinnedSet {
    let known = this.#sets.get(index);
    if (known === undefined) {
      const set = this.#graph.sets[index] as FileSet;
      const { paths, root, nodes } = this.#workspace.standing(set, this.#claims, (path) => this.identify(path));
      this.#note(nodes);
      known = { paths, root, came: this.#workspace.index.came.length };
      this.#sets.set(index, known);
    }
    return known;
  }

  #expand(set: FileSet): readonly string[] {
    return this.#workspace.members(set, this.#claims);
  }

  #root(paths: readonly string[]): Digest {
    const { root, nodes } = buildSet(paths, (path) => this.identify(path), this.#workspace.hasher);
    this.#note(nodes);
    return root;
  }

  #note(nodes: ReadonlyMap<Digest, SetNode>): void {
    for (const [digest, node] of nodes) this.nodes.set(digest, node);
  }
}

/** A tool's look-up begins in the working directory. */
export function toolKey(name: string, cwd: string): string {
  return `${cwd}\0${name}`;
}
