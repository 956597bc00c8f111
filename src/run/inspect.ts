import type { Loaded } from "../access/pipeline.ts";
import { diffDescriptions } from "../fingerprint/diff.ts";
import type { Reason } from "../model/decision.ts";
import { defined } from "../model/defined.ts";
import type { Change } from "../model/description.ts";
import type { AttemptRecord, RunRecord } from "../model/entry.ts";
import { type Event, singly, type TaskResult } from "../model/event.ts";
import type { Result } from "../model/result.ts";
import { withPlaces } from "../model/task/code.ts";
import { CodeChanges } from "./code-changes.ts";
import { type ElementChange, elementChanges } from "./element-changes.ts";
import { runLoaded } from "./run.ts";
import type { RunOptions } from "./session/options.ts";

/** What a run would do about a task now. */
export interface TaskStatus {
  readonly task: string;
  readonly result: TaskResult;
  readonly reason: Reason;
  /** Why it would fail before it even starts. */
  readonly problems: readonly string[];
}

/** Plans every selected task without changing anything. In topological order, behind them groups of units that cannot be told. */
export async function inspect(loaded: Loaded, options: RunOptions): Promise<Result<readonly TaskStatus[]>> {
  const statuses = new Map<string, TaskStatus>();
  const collect = (all: Event): void => {
    for (const event of singly(all)) {
      if (event.kind !== "task-ended") continue;
      const { task, result, reason, failure } = event;
      const problems = failure?.diagnostics.map(({ message }) => message) ?? [];
      statuses.set(task, { task, result, reason, problems });
    }
  };
  // That bytes are elsewhere makes no result stale.
  const inspecting = { ...options, dry: true, keepGoing: true, brings: "minimal" } as const;
  const ended = await runLoaded(loaded, undefined, inspecting, collect);
  if (!ended.ok) return ended;
  // What nothing has reached is reported before all others.
  const inOrder = loaded.tasks.flatMap(({ id }) => statuses.get(id) ?? []);
  for (const { task } of inOrder) statuses.delete(task);
  return { ok: true, value: [...inOrder, ...statuses.values()] };
}

/** Why a task has its status. */
export interface Explanation {
  readonly status: TaskStatus;
  /** From the task itself up to the one where it begins. */
  readonly chain: readonly TaskStatus[];
  /** Its latest attempt, and what made that run. */
  readonly latest?: AttemptRecord;
  readonly before?: readonly Change[];
  /** Of a unit: the task that makes its element, if that would run. What comes of it is not known. */
  readonly maker?: TaskStatus;
  /** Elements that it is made of, as far as they differ. */
  readonly elements?: readonly ElementChange[];
  /** What made the latest attempts upstream run, nearest first, as far as they changed what it read. */
  readonly above?: readonly { readonly task: string; readonly changes: readonly Change[] }[];
}

/** Explains one task: what changed for it, where upstream that began, and why it ran the last time. */
export function explainTask(loaded: Loaded, statuses: readonly TaskStatus[], task: string): Explanation {
  const byTask = new Map(statuses.map((status) => [status.task, status]));
  const status = byTask.get(task) as TaskStatus;
  // A set remembers the order, and a chain may be as long as the graph.
  const chain = new Set([status]);
  for (let next = causeOf(status); next !== undefined; ) {
    const above = byTask.get(next);
    if (above === undefined || chain.has(above)) break;
    chain.add(above);
    next = causeOf(above);
  }
  const latest = loaded.store.history.latestRecord(loaded.graph.manifest, task);
  const before = latestChanges(loaded, task);
  const { expandedFrom = [] } = loaded.graph.tasks.find(({ id }) => id === task) ?? {};
  const makers = expandedFrom.flatMap(({ task: id, isUnit }) => (isUnit === true ? (byTask.get(id) ?? []) : []));
  const maker = makers.find(({ result }) => result === "would-run");
  const elements = elementChanges(loaded, task, status.result === "fresh");
  const explanation = {
    status,
    chain: [...chain],
    ...defined({ latest, maker }),
    ...(elements.length === 0 ? {} : { elements }),
    ...(before === undefined ? {} : { before, above: changesAbove(loaded, task, before) }),
  };
  return withCodeLines(explanation, new CodeChanges(loaded));
}

/** Adds the lines of code that differ, wherever changes are listed. */
function withCodeLines(explanation: Explanation, code: CodeChanges): Explanation {
  const { status, chain, before, above } = explanation;
  const withLines = (of: TaskStatus): TaskStatus =>
    of.reason.kind === "changed" ? { ...of, reason: { ...of.reason, changes: code.withLines(of.reason.changes) } } : of;
  return {
    ...explanation,
    status: withLines(status),
    chain: chain.map(withLines),
    ...defined({
      before: before && code.withLines(before),
      above: above?.map((one) => ({ ...one, changes: code.withLines(one.changes) })),
    }),
  };
}

/**
 * Why the latest attempt of a task ran, as it was decided then; of one for which nothing was compared, or that another machine made: how
 * it differed from the one before.
 */
function latestChanges({ store, graph }: Loaded, task: string): readonly Change[] | undefined {
  const [latest, ...earlier] = store.history.records(graph.manifest, task, 3);
  // A result that was taken, and then put in place, is there twice.
  const isOther = ({ fingerprint }: AttemptRecord): boolean => fingerprint !== latest?.fingerprint;
  const previous = latest?.origin === undefined ? earlier[0] : earlier.find(isOther);
  if (latest?.reason.kind === "changed") return latest.reason.changes;
  if (latest === undefined || previous === undefined) return undefined;
  if (latest.reason.kind === "new" && latest.origin === undefined) return undefined;
  const changes = diffDescriptions(previous.description, latest.description, (digest) => store.history.node(digest));
  const declared = graph.tasks.find(({ id }) => id === task);
  return declared === undefined ? changes : withPlaces(changes, graph, declared);
}

/** Follows what changed to the tasks that made it, each once, the nearest first. */
function changesAbove(loaded: Loaded, task: string, changes: readonly Change[]): NonNullable<Explanation["above"]> {
  const makers = new Map(
    loaded.graph.tasks.flatMap(({ id, outputs }) => outputs.map(({ path }) => [path, id] as const)),
  );
  const makersOf = (all: readonly Change[]): string[] =>
    all.flatMap((change) => (change.aspect === "file" ? (makers.get(change.path) ?? []) : []));
  const found: { readonly task: string; readonly changes: readonly Change[] }[] = [];
  const seen = new Set([task]);
  const open = makersOf(changes);
  for (const maker of open) {
    if (seen.has(maker)) continue;
    seen.add(maker);
    const own = latestChanges(loaded, maker) ?? [];
    if (own.length > 0) found.push({ task: maker, changes: own });
    open.push(...makersOf(own));
  }
  return found;
}

function causeOf({ reason }: TaskStatus): string | undefined {
  return "task" in reason ? reason.task : undefined;
}

/** The latest run of any manifest in this workspace. */
export function latestRun(loaded: Loaded): RunRecord | undefined {
  return loaded.store.history.latestRun();
}
