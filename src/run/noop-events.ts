import { relative } from "node:path";
import { select } from "../graph/select.ts";
import { UNCHANGED } from "../model/decision.ts";
import type { Emit } from "../model/event.ts";
import type { Graph, Task } from "../model/graph.ts";
import { own } from "../model/own.ts";
import { ReadyQueue } from "../plan/ready-queue.ts";
import { schedule } from "../plan/schedule.ts";
import { type Fresh, summaryOf } from "./noop.ts";
import { resolveJobs } from "./session/jobs.ts";
import { newRunId } from "./session/run-id.ts";

/** What was asked for, as far as events show it. */
export interface NoopOptions {
  readonly cwd: string;
  readonly tasks: readonly string[];
  readonly jobs: string | undefined;
  /** When the command was started, in milliseconds since the epoch. */
  readonly started: number;
}

/**
 * Emits what a full run emits when it finds everything fresh, in the same order. False: nothing was emitted, because
 * the snapshot alone cannot tell.
 */
export async function emitNoop({ snapshot, selection }: Fresh, options: NoopOptions, emit: Emit): Promise<boolean> {
  const { started } = options;
  const graph = snapshot.graph();
  const tasks = tasksOf(graph, relative(snapshot.header.workspace, options.cwd), options.tasks);
  const fresh = snapshot.fresh()?.tasks;
  const jobs = resolveJobs(options.jobs, graph.config);
  if (tasks === undefined || fresh === undefined || !jobs.ok) return false;
  if (!tasks.every(({ id, service }) => service === undefined && own(fresh, id) !== undefined)) return false;
  const run = newRunId(undefined);
  const ids = tasks.map(({ id }) => id);
  const { manifest } = graph;
  emit({ kind: "run-started", run, manifest, tasks: ids, jobs: jobs.value, dry: false, time: started });
  const nothing = new ReadyQueue(1, new Map(), () => 0);
  await schedule(
    tasks,
    { attempts: nothing, lookups: nothing },
    {
      decide: ({ id: task }) => {
        const saved = own(fresh, task)?.[1] ?? 0;
        const ended = { kind: "task-ended", task, result: "fresh", reason: UNCHANGED.reason } as const;
        emit({ kind: "task-decided", task, decision: UNCHANGED, time: Date.now() });
        emit({ ...ended, changed: false, duration: 0, saved, time: Date.now() });
        return "ended";
      },
      attempt: async () => undefined,
    },
  );
  emit({ kind: "run-ended", summary: { ...summaryOf(selection, started), run } });
  return true;
}

function tasksOf(graph: Graph, directory: string, names: readonly string[]): readonly Task[] | undefined {
  const selected = select(graph, names, { directory });
  if (!selected.ok) return undefined;
  const wanted = new Set(selected.value.ids);
  return graph.tasks.filter(({ id }) => wanted.has(id));
}
