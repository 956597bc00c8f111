import type { IndexRecord } from "../../files/packed/pack.ts";
import type { CachedGraph } from "../../graph/cached.ts";
import type { ToolIdentity } from "../../model/description.ts";
import { DiagnosticError } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";
import type { Graph, Input, Task } from "../../model/graph.ts";
import { own } from "../../model/own.ts";
import type { FreshTask } from "../../workspace/fresh-table.ts";
import type { FreshTasks } from "../../workspace/snapshot.ts";
import type { OpeningLook } from "../../workspace/snapshot-check.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import { GraphChanges } from "./graph-changes.ts";
import { type RunPins, toolKey } from "./pins.ts";
import { untouched } from "./untouched.ts";
import { UntouchedTasks } from "./untouched-tasks.ts";

/** The graph that a run has now, and which of its tasks have ended well in it. */
export interface RunningGraph {
  readonly graph: Graph;
  readonly tasks: readonly Task[];
  readonly cached: Pick<CachedGraph, "reads">;
  readonly tally: { succeeded(task: string): boolean };
}

/** What the snapshot holds of a task that is fresh. */
export type KnownFresh = Pick<FreshTask, "fingerprint" | "took" | "found">;

/**
 * The short way to "fresh": same graph, parameters and environment as in the run that wrote the snapshot, no commit since,
 * and every file that the task read or made looks as it did and is trusted. Then its description would be the same, byte
 * for byte, so it need not be made. A task that cannot be proved fresh this way is decided the long way.
 */
export class QuickCheck {
  readonly #workspace: Workspace;
  readonly #fresh: FreshTasks;
  /** The graph from which the snapshot was made. */
  readonly #graph: Graph;
  /** Undefined: the run has that graph. */
  readonly #changes: GraphChanges | undefined;

  /**
   * @param graph From which the snapshot was made.
   * @param changes Of the graph that the run has, if that is another one.
   */
  constructor(workspace: Workspace, fresh: FreshTasks, graph: Graph, changes?: GraphChanges) {
    this.#workspace = workspace;
    this.#fresh = fresh;
    this.#graph = graph;
    this.#changes = changes;
  }

  /**
   * The check for the graph that an expansion gives: a task that both graphs declare alike is fresh for the same reasons. Undefined:
   * the graphs differ in what their tasks refer to by name or index, such as sets.
   */
  forGraph(graph: Graph): QuickCheck | undefined {
    if (referredTo(graph) !== referredTo(this.#graph)) return undefined;
    return new QuickCheck(this.#workspace, this.#fresh, this.#graph, new GraphChanges(this.#graph, graph));
  }

  /**
   * Finds the tasks that are fresh by the opening look, and has the pins take them so; none when there was no such look.
   * @param isDecided True for a task that is decided whatever has changed.
   */
  findUntouched(session: RunningGraph, pins: RunPins, isDecided: (task: Task) => boolean): void {
    const { look } = this.#workspace;
    if (look === undefined) return;
    const tools = new Map<string, boolean>();
    const sameTool = (name: string, cwd: string): boolean => {
      const key = toolKey(name, cwd);
      const isSame = tools.get(key) ?? this.#isTool(name, cwd, pins.presentTool(name, cwd)?.identity);
      tools.set(key, isSame);
      return isSame;
    };
    const { graph, tasks, cached, tally } = session;
    const { vouched } = this.#workspace.index;
    const touched = this.#stillTouched(look, pins);
    const git = new Set(look.snapshot.header.git);
    const isStillFile = (path: string): boolean =>
      look.index.type(look.index.id(path) as number) === "file" && this.#workspace.typeOf(path) === "file";
    const sources = {
      moved: [...look.moved.filter((path) => !touched.has(path)), ...vouched.lost],
      others: [...(this.#changes?.made ?? []), ...vouched.forgotten],
      links: vouched.links(),
      git,
      graph,
      tasks,
      fresh: this.#fresh,
      isDecided,
      sameTool,
      sameObject: (name: string) => pins.isObjectAsBegun(name),
      isStillFile,
      listed: cached.reads.listings.map(({ set }) => set),
      isDeclaredAsKnown: (task: Task) => this.#changes?.isAsBefore(task) !== false,
      // An earlier round of this table: its graph was expanded from what the task has made.
      hasExpanded: (maker: string) => tally.succeeded(maker),
    };
    const found = untouched(sources);
    pins.untouched = new UntouchedTasks(found.tasks, this.#fresh.tasks);
    this.#adoptInputs(found.tasks, pins);
    // Files that a task changes in place are looked for among those that were examined.
    if (tasks.every(({ mutates }) => mutates.length === 0))
      for (const [set, changed] of found.sets) pins.sets.expect(set, this.#fresh.sets[set] as Digest, changed);
  }

  /** The touched files that still have the content that they had at the look. They are pinned, as is each path for which the look does not vouch. */
  #stillTouched({ touched }: OpeningLook, pins: RunPins): ReadonlySet<string> {
    const { index } = this.#workspace;
    const isSame = (path: string, { digest, stat }: IndexRecord): boolean => {
      try {
        const identity = pins.identify(path);
        return identity?.type === "file" && identity.digest === digest && index.mode(path) === stat.mode;
      } catch (error) {
        // Whatever reads it says why it cannot be read.
        if (error instanceof DiagnosticError) return false;
        throw error;
      }
    };
    return new Set([...touched].flatMap(([path, record]) => (isSame(path, record) ? [path] : [])));
  }

  /** What the snapshot holds of a fresh task; undefined: it has to be assessed. All that it depends on has been decided. */
  fresh(task: Task, pins: RunPins): KnownFresh | undefined {
    const table = this.#fresh.tasks;
    const row = table.row(task.id);
    if (row === undefined || this.#changes?.isAsBefore(task) === false) return undefined;
    const found = table.found(row);
    const { index } = this.#workspace;
    const same = (path: string): boolean =>
      !pins.isAssumed(path) && pins.identify(path) !== undefined && index.unchanged(path);
    const holds =
      task.inputs.every((input) => this.#same(input, task, pins, same)) &&
      found.every(same) &&
      task.outputs.every(({ path }) => index.identify(path) !== undefined && index.unchanged(path));
    return holds ? { fingerprint: table.fingerprint(row), took: table.took(row), found } : undefined;
  }

  #same(input: Input, task: Task, pins: RunPins, same: (path: string) => boolean): boolean {
    switch (input.kind) {
      case "file":
      case "artifact":
        return same(input.path);
      case "files":
        return pins.setRoot(input.set) === this.#fresh.sets[input.set];
      case "tool":
        return this.#isTool(input.name, task.cwd, pins.tool(input.name, task.cwd));
      case "entry":
      case "service":
        return this.#sameEntry(input.task, pins);
      case "units":
        return input.items.every(({ task: unit, path }) =>
          path === undefined ? this.#sameEntry(unit, pins) : same(path),
        );
      // The whole check presupposes that these are unchanged: the same request.
      case "param":
      case "env":
        return true;
      // And that no version had been published when the run began: one that came later may be pinned by now.
      case "object":
        return pins.isObjectAsBegun(input.name);
      default:
        return input satisfies never;
    }
  }

  /** Takes over what the snapshot holds of inputs that this run does not look at: the next run needs it. */
  #adoptInputs(tasks: readonly Task[], pins: RunPins): void {
    let before: Task | undefined;
    for (const task of tasks) {
      // Units of a stored graph share their inputs.
      if (task.inputs !== before?.inputs || task.cwd !== before.cwd)
        for (const input of task.inputs) this.#adopt(input, task.cwd, pins);
      before = task;
    }
  }

  #adopt(input: Input, cwd: string, pins: RunPins): void {
    if (input.kind === "files") pins.sets.adopt(input.set, this.#fresh.sets[input.set] as Digest);
    if (input.kind !== "tool") return;
    const key = toolKey(input.name, cwd);
    pins.adoptTool(key, own(this.#fresh.tools, key) as ToolIdentity);
  }

  #isTool(name: string, cwd: string, identity: ToolIdentity | undefined): boolean {
    return JSON.stringify(identity) === JSON.stringify(own(this.#fresh.tools, toolKey(name, cwd)));
  }

  #sameEntry(task: string, pins: RunPins): boolean {
    const row = this.#fresh.tasks.row(task);
    return row !== undefined && pins.fingerprint(task) === this.#fresh.tasks.fingerprint(row);
  }
}

function referredTo({ manifest, sets, params, envs, tools, objects }: Graph): string {
  return JSON.stringify([manifest, sets, params, envs, tools, objects]);
}
