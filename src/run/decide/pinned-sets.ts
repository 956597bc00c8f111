import { joins } from "../../files/glob.ts";
import type { Came } from "../../files/listings.ts";
import { membersOfSet, patchSet } from "../../fingerprint/patched-set.ts";
import { type BuiltSet, buildSet } from "../../fingerprint/sets.ts";
import { type Description, rootsOf, type SetNode } from "../../model/description.ts";
import type { Digest } from "../../model/digest.ts";
import type { FileSet, Graph } from "../../model/graph.ts";
import type { Identity } from "../../model/identity.ts";
import { hasWildcard, literalBase } from "../../model/pattern.ts";
import type { ReachedPart } from "../../model/task/code.ts";
import type { Claims } from "../../workspace/ledger.ts";
import type { Workspace } from "../../workspace/workspace.ts";

interface PinnedSet {
  readonly paths: readonly string[];
  readonly root: Digest;
  /** Members with the identities that they had, where those that the opening look saw unchanged were not examined. */
  readonly before?: ReadonlyMap<string, Identity>;
  /** Length of the index's list of new paths up to which none is a member. */
  came: number;
}

interface Sources {
  readonly graph: Graph;
  readonly workspace: Workspace;
  /** What tasks make: no pattern matches it. */
  readonly claims: Claims;
  identify(path: string): Identity | undefined;
  /** A node that is stored. */
  load(digest: Digest): SetNode | undefined;
}

/** Sets of files as one round takes them. Each is expanded when it is first asked for. */
export class PinnedSets {
  readonly #sources: Sources;
  readonly #sets = new Map<number, PinnedSet>();
  /** Roots of sets that were not expanded, for they are what they were. */
  readonly #adopted = new Map<number, Digest>();
  /** Of sets that have the members that they had: the root, and files that changed. */
  readonly #expected = new Map<number, { readonly root: Digest; readonly changed: readonly string[] }>();
  /** Nodes by digest, of every set: what a record's roots lead to. */
  readonly #nodes = new Map<Digest, SetNode>();
  /** Indexes of the sets whose members' versions are all recorded. */
  readonly noted = new Set<number>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** Paths of a set's members. */
  paths(index: number): readonly string[] {
    return this.#set(index).paths;
  }

  root(index: number): Digest {
    return this.#set(index).root;
  }

  /** Notes the root of a set that is known to be what it was. */
  adopt(index: number, root: Digest): void {
    this.#adopted.set(index, root);
  }

  /** Notes that a set has the members that it had under a root, of which at most some files changed. */
  expect(index: number, root: Digest, changed: readonly string[]): void {
    this.#expected.set(index, { root, changed });
  }

  /** Members of sets that were taken to be what they were, whether they were examined or not. */
  get taken(): readonly string[] {
    return [...this.#sets.values()].flatMap(({ paths, before }) => (before === undefined ? [] : paths));
  }

  /** The identity that a member had which was taken to be what it was; undefined: it is none. */
  before(path: string): Identity | undefined {
    for (const { before } of this.#sets.values()) {
      const identity = before?.get(path);
      if (identity !== undefined) return identity;
    }
    return undefined;
  }

  /** Digests of the sets that were needed, by index. */
  roots(): readonly (Digest | null)[] {
    return this.#sources.graph.sets.map((_, index) => this.#sets.get(index)?.root ?? this.#adopted.get(index) ?? null);
  }

  /** Root of a set that a graph names member by member. */
  rootOf(paths: readonly string[]): Digest {
    const { identify, workspace } = this.#sources;
    const { root, nodes } = buildSet(paths, identify, workspace.hasher);
    this.#addNodes(nodes);
    return root;
  }

  /** Root of the parts of a function's code. */
  rootOfCode(parts: readonly ReachedPart[]): Digest {
    const digests = new Map(parts.map(({ label, digest }) => [label, digest]));
    const identify = (label: string): Identity => ({
      type: "file",
      digest: digests.get(label) as Digest,
      executable: false,
    });
    const { root, nodes } = buildSet([...digests.keys()], identify, this.#sources.workspace.hasher);
    this.#addNodes(nodes);
    return root;
  }

  node(digest: Digest): SetNode | undefined {
    return this.#nodes.get(digest);
  }

  /** The nodes that a description's roots lead to. */
  nodesOf(description: Description): readonly (readonly [Digest, SetNode])[] {
    const reached = new Map<Digest, SetNode>();
    const open = rootsOf(description);
    for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
      const node = this.#nodes.get(digest);
      if (node === undefined || reached.has(digest)) continue;
      reached.set(digest, node);
      for (const child of node) if ("node" in child) open.push(child.node);
    }
    return [...reached];
  }

  /** Labels of the sets that were expanded and have other members now. */
  moved(): readonly string[] {
    return [...this.#sets.keys()].filter((index) => !this.#holds(index)).map((index) => this.#source(index).label);
  }

  /** Labels of those of some sets that have other members now; the directories of these sets are examined again. */
  movedOf(indexes: readonly number[]): readonly string[] {
    return indexes.filter((index) => this.#hasJoined(index)).map((index) => this.#source(index).label);
  }

  /** Directories in which a member of a set may come and go, as far as they were listed. */
  *directoriesOf(index: number): IterableIterator<string> {
    const { workspace, claims } = this.#sources;
    for (const pattern of this.#source(index).patterns.filter(hasWildcard)) {
      const base = literalBase(pattern);
      const steps = base === "" ? 0 : base.split("/").length;
      const deepest = pattern.includes("**") ? Number.POSITIVE_INFINITY : pattern.split("/").length - 1 - steps;
      for (const directory of workspace.index.listed(base)) {
        const below = directory === base || directory === "." ? [] : directory.split("/").slice(steps);
        const entered = below.length <= deepest && !below.some((name) => name === "node_modules" || name === ".git");
        if (entered && !claims.has(directory)) yield directory;
      }
    }
  }

  /**
   * True when a set has other members now. To match all names again for each task that reads it would take long: that is
   * done only when a new path may be a member. Members that went are among the paths that were read.
   */
  #hasJoined(index: number): boolean {
    const { workspace, claims } = this.#sources;
    const set = this.#source(index);
    const pinned = this.#set(index);
    const files = workspace.index;
    const bases = new Set(set.patterns.map(literalBase));
    const behindLinks = [...workspace.linked(set).values()];
    for (const directory of [...bases, ...behindLinks]) files.relist(directory);
    // A new path behind a link has another name there.
    const listed = behindLinks.length === 0 && [...bases].every((base) => files.isListed(base || "."));
    const came = files.came.slice(pinned.came).filter(({ path }) => !claims.has(path));
    if ((!listed || this.#mayJoin(set, came)) && !this.#holds(index)) return true;
    pinned.came = files.came.length;
    return false;
  }

  #mayJoin(set: FileSet, came: readonly Came[]): boolean {
    // Patterns are compiled only when there are new paths, which is rare.
    if (came.length === 0) return false;
    const mayJoin = joins(set, (path) => this.#sources.workspace.index.list(path));
    return came.some(({ path, type }) => mayJoin(path, type));
  }

  #holds(index: number): boolean {
    const before = this.#sets.get(index)?.paths ?? [];
    const now = this.#sources.workspace.members(this.#source(index), this.#sources.claims);
    return now.length === before.length && now.every((path, i) => path === before[i]);
  }

  #set(index: number): PinnedSet {
    let known = this.#sets.get(index);
    if (known === undefined) {
      const { workspace, claims, identify } = this.#sources;
      const patched = this.#patch(index);
      const { nodes, ...set } = patched ?? workspace.currentSet(this.#source(index), claims, identify);
      this.#addNodes(nodes);
      known = { ...set, came: workspace.index.came.length };
      this.#sets.set(index, known);
    }
    return known;
  }

  /**
   * A set that has the members that it had, without a look at those that are the same. Undefined: it has other members, or has
   * to be built from all of them.
   */
  #patch(index: number): (BuiltSet & Pick<PinnedSet, "paths" | "before">) | undefined {
    const { workspace, claims, load, identify } = this.#sources;
    const expected = this.#expected.get(index);
    const before = expected === undefined ? undefined : membersOfSet(expected.root, load);
    if (expected === undefined || before === undefined) return undefined;
    const paths = workspace.members(this.#source(index), claims);
    if (paths.length !== before.size || !paths.every((path) => before.has(path))) return undefined;
    const identities = new Map<string, Identity>();
    for (const path of expected.changed.filter((path) => before.has(path))) {
      const identity = identify(path);
      if (identity?.type !== "file") return undefined;
      identities.set(path, identity);
    }
    const set = patchSet(expected.root, identities, { load, hasher: workspace.hasher });
    return set === undefined ? undefined : { ...set, paths, before };
  }

  #source(index: number): FileSet {
    return this.#sources.graph.sets[index] as FileSet;
  }

  #addNodes(nodes: ReadonlyMap<Digest, SetNode>): void {
    for (const [digest, node] of nodes) this.#nodes.set(digest, node);
  }
}
