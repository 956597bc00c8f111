import { PLATFORM } from "../../execute/machine.ts";
import { findShell } from "../../execute/shell.ts";
import type { MadeIn } from "../../files/closing-look.ts";
import type { ResolvedTool } from "../../files/tools/resolve.ts";
import { canonical } from "../../fingerprint/canonical.ts";
import type { Pins } from "../../fingerprint/describe.ts";
import { readsOf } from "../../graph/reads.ts";
import type { EnvValue, SetNode, ToolIdentity } from "../../model/description.ts";
import type { Digest, Fingerprint } from "../../model/digest.ts";
import type { Graph, ParamValue, Task, UnitItem } from "../../model/graph.ts";
import { type Identity, sameIdentity } from "../../model/identity.ts";
import { dictionary, own } from "../../model/own.ts";
import { isWithin, workspacePath } from "../../model/path.ts";
import { explain } from "../../model/system-error.ts";
import type { FunctionCode } from "../../model/task/action.ts";
import { partsOf } from "../../model/task/code.ts";
import type { Claims } from "../../workspace/ledger.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import { type PinnedObjects, pathOfObject } from "./pinned-objects.ts";
import { PinnedSets } from "./pinned-sets.ts";
import { NONE_UNTOUCHED, type UntouchedTasks } from "./untouched-tasks.ts";

/** The sources of a round's pins. */
export interface PinSources {
  readonly workspace: Workspace;
  /** What tasks make: no pattern matches it. */
  readonly claims: Claims;
  readonly graph: Graph;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly objects: PinnedObjects;
  /** A node of a set that is stored. */
  loadNode(digest: Digest): SetNode | undefined;
}

/**
 * The pinned inputs of one round. Each path is examined once and keeps that identity for the round; the sweep at its
 * end checks whether it still holds.
 */
export class RunPins implements Pins {
  readonly platform = PLATFORM;
  readonly node = process.version;
  readonly sets: PinnedSets;
  /** Tasks that were fresh by the opening look, so that this round examined none of their paths. */
  untouched: UntouchedTasks = NONE_UNTOUCHED;
  readonly #workspace: Workspace;
  readonly #claims: Claims;
  readonly #graph: Graph;
  readonly #params: Readonly<Record<string, ParamValue>>;
  readonly #objects: PinnedObjects;
  readonly #tools = new Map<string, ResolvedTool | undefined>();
  readonly #adopted = new Map<string, ToolIdentity>();
  /** Roots of the parts of what functions reach, by its index. */
  readonly #codeRoots = new Map<number, Digest>();
  readonly #fingerprints = new Map<string, Fingerprint>();
  readonly #found = new Map<string, readonly string[]>();
  readonly #assumed = new Map<string, Identity>();
  /** Every path that was identified, with its first identity: the sweep examines them again. */
  readonly #used = new Map<string, Identity | undefined>();

  constructor({ workspace, claims, graph, params, objects, loadNode }: PinSources) {
    this.#workspace = workspace;
    this.#claims = claims;
    this.#graph = graph;
    this.#params = params;
    this.#objects = objects;
    const identify = (path: string): Identity | undefined => this.identify(path);
    this.sets = new PinnedSets({ workspace, claims, graph, identify, load: loadNode });
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

  /** What was assumed of a path is there now. */
  placed(path: string): void {
    this.#assumed.delete(path);
    this.remade(path);
  }

  /**
   * What the found inputs of a result elsewhere are here at present. They are not pinned: most of what is offered fits no task
   * here. Undefined: one of them cannot be read, or is a directory, which no depfile names.
   */
  present(paths: readonly string[]): Readonly<Record<string, Identity | null>> | undefined {
    const { index, files } = this.#workspace;
    try {
      const isDirectory = (path: string): boolean => files.stat(this.#workspace.absolute(path))?.type === "directory";
      if (paths.some(isDirectory)) return undefined;
      const identify = (path: string): Identity | null => this.#assumed.get(path) ?? index.identify(path) ?? null;
      return dictionary(paths.map((path) => [path, identify(path)] as const));
    } catch (error) {
      if (explain(error) === undefined) throw error;
      return undefined;
    }
  }

  /** Every path that was identified. */
  get used(): readonly string[] {
    return [...this.#used.keys()];
  }

  /**
   * False when the identity of a path in the index is no longer the pinned one: a task has written there meanwhile, perhaps
   * through a symlink.
   */
  holds(path: string): boolean {
    const { index } = this.#workspace;
    if (this.#used.has(path)) return sameIdentity(this.#used.get(path), index.identify(path));
    if (index.vouched.covers(path)) return true;
    const before = this.sets.before(path);
    return before === undefined || sameIdentity(before, index.identify(path));
  }

  /** Identified paths, and members of sets, whose identity is another one now. */
  moved(): readonly string[] {
    const paths = new Set([...this.#used.keys(), ...this.sets.taken]);
    const moved = new Set(this.#workspace.index.moved([...paths]));
    return [...paths].filter((path) => moved.has(path) || !this.holds(path));
  }

  /** Forgets the pin of a path at which a task has made its output. */
  remade(path: string): void {
    this.#used.delete(path);
  }

  object(name: string): Identity | undefined {
    return this.#objects.version(name)?.identity;
  }

  /** True for an object whose version is that with which the run began. */
  isObjectAsBegun(name: string): boolean {
    return this.#objects.isAsBegun(name);
  }

  /**
   * The identity that a path has as far as this round is concerned, whatever is there: with --dry the one that it would have after
   * the run; else that of an output which is left in the shared cache.
   */
  assume(path: string, identity: Identity): void {
    this.#assumed.set(path, identity);
  }

  /** True for a path whose identity is assumed, not read from the disk. */
  isAssumed(path: string): boolean {
    return this.#assumed.has(path);
  }

  /** Paths whose content a task's command may read or run, by its declared inputs. */
  readBy(task: Task): readonly string[] {
    const { paths, sets, objects, tools } = readsOf(task);
    return [
      ...paths,
      ...sets.flatMap((set) => this.sets.paths(set)),
      ...objects.map(({ name }) => pathOfObject(this.#workspace, name)),
      ...tools.flatMap((name) => this.resolvedTool(name, task.cwd)?.looked ?? []),
    ];
  }

  setPaths(set: number): readonly string[] {
    return this.sets.paths(set);
  }

  setRoot(set: number): Digest {
    return this.sets.root(set);
  }

  unitsRoot(items: readonly UnitItem[]): Digest {
    return this.sets.rootOf(items.flatMap(({ path }) => path ?? []));
  }

  codeRoot(code: FunctionCode): Digest | undefined {
    if (code.version !== undefined) return undefined;
    const known = this.#codeRoots.get(code.reach) ?? this.sets.rootOfCode(partsOf(this.#graph, code));
    this.#codeRoots.set(code.reach, known);
    return known;
  }

  unitKeys(items: readonly UnitItem[]): Digest {
    return this.#workspace.hasher.digest(
      canonical(items.map(({ key, output, path }) => [key, output ?? null, path ?? null])),
    );
  }

  /** What tasks make in a directory; undefined: it belongs to the store. */
  madeIn(directory: string): MadeIn | undefined {
    const store = workspacePath(this.#workspace.root, this.#workspace.directory);
    return isWithin(directory, store) ? undefined : this.#claims.madeIn(directory);
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
      const tool = this.#resolveTool(name, cwd);
      for (const path of tool?.looked ?? []) this.identify(path);
      this.#tools.set(key, tool);
    }
    return this.#tools.get(key);
  }

  /** What a tool resolves to at present, not pinned: a task of this round may be about to make it. */
  presentTool(name: string, cwd: string): ResolvedTool | undefined {
    return this.#resolveTool(name, cwd);
  }

  /** Notes what a tool resolves to, of a task that the round does not decide. */
  adoptTool(key: string, identity: ToolIdentity): void {
    this.#adopted.set(key, identity);
  }

  #resolveTool(name: string, cwd: string): ResolvedTool | undefined {
    const { index, files } = this.#workspace;
    const absolute = (path: string): string => this.#workspace.absolute(path);
    return this.#workspace.resolveTool(name, cwd, {
      isMade: (path) => this.#claims.has(path),
      identify: (path) => this.#assumed.get(path) ?? index.identify(path),
      realpath: (path) => files.realpath(absolute(path)) ?? (this.#assumed.has(path) ? absolute(path) : undefined),
    });
  }

  /** Tools that a version manager starts in a version which no file pins, by name. */
  unseenTools(): ReadonlyMap<string, NonNullable<ResolvedTool["unseen"]>> {
    return new Map(
      [...this.#tools].flatMap(([key, tool]) =>
        tool?.unseen === undefined ? [] : [[key.slice(key.indexOf("\0") + 1), tool.unseen] as const],
      ),
    );
  }

  /** Path of a file with a tool's name that is not executable. */
  unexecutableTool(name: string, cwd: string): string | undefined {
    return this.#workspace.unexecutableTool(name, cwd);
  }

  tools(): readonly ResolvedTool[] {
    return [...this.#tools.values()].filter((tool) => tool !== undefined);
  }

  /** What tools resolved to, by `toolKey`. */
  toolIdentities(): Readonly<Record<string, ToolIdentity>> {
    const found = [...this.#tools].flatMap(([key, tool]) =>
      tool === undefined ? [] : [[key, tool.identity] as const],
    );
    return dictionary([...this.#adopted, ...found]);
  }

  fingerprint(task: string): Fingerprint {
    return (this.#fingerprints.get(task) ?? this.untouched.fingerprint(task)) as Fingerprint;
  }

  /** @param found Found inputs that the fingerprint holds: none may be left out, for the next run watches for them. */
  setFingerprint(task: string, fingerprint: Fingerprint, found: readonly string[]): void {
    this.#fingerprints.set(task, fingerprint);
    if (found.length > 0) this.#found.set(task, found);
    else this.#found.delete(task);
  }

  found(task: string): readonly string[] {
    return this.#found.get(task) ?? (this.#fingerprints.has(task) ? [] : this.untouched.found(task));
  }
}

/** A tool's look-up begins in the working directory. */
export function toolKey(name: string, cwd: string): string {
  return `${cwd}\0${name}`;
}
