import { join, relative } from "node:path";
import { realFiles } from "../host/files/files.ts";
import { type Decision, UNCHANGED } from "../model/decision.ts";
import type { Emit } from "../model/event.ts";
import type { Output } from "../model/graph.ts";
import { NO_TASKS } from "../workspace/fresh-table.ts";
import type { Snapshot } from "../workspace/snapshot.ts";
import { type Fresh, summaryOf } from "./noop.ts";
import { resolveJobs } from "./session/jobs.ts";
import { newRunId } from "./session/run-id.ts";

/** What was asked for, as far as events show it. */
export interface NoopOptions {
  readonly jobs: string | undefined;
  /** When the command was started, in milliseconds since the epoch. */
  readonly started: number;
}

/**
 * Emits what a full run emits when it finds everything fresh. False: nothing was emitted, because the snapshot alone cannot
 * tell.
 */
export function emitNoop({ snapshot, selection }: Fresh, { jobs: asked, started }: NoopOptions, emit: Emit): boolean {
  const { tasks = NO_TASKS, config = {} } = snapshot.fresh() ?? {};
  const { ids } = tasks;
  const jobs = resolveJobs(asked, config);
  // The selection counts no services, which a full run names, too.
  if (ids.length !== selection.fresh || !jobs.ok) return false;
  const run = newRunId(undefined);
  const manifest = relative(snapshot.header.workspace, snapshot.header.manifest);
  emit({ kind: "run-started", run, manifest, tasks: ids, jobs: jobs.value, dry: false, time: started });
  const outputs = selection.sharing === undefined ? undefined : outputsOf(snapshot);
  for (const [row, task] of ids.entries()) {
    const saved = tasks.took(row);
    const decision = tasks.form(row) === 2 ? deferred(snapshot.header.workspace, outputs?.get(task) ?? []) : UNCHANGED;
    const ended = { kind: "task-ended", task, result: "fresh", reason: decision.reason } as const;
    emit({ kind: "task-decided", task, decision, time: Date.now() });
    emit({ ...ended, changed: false, duration: 0, saved, time: Date.now() });
  }
  emit({ kind: "run-ended", summary: { ...summaryOf(selection, started), run } });
  return true;
}

/** The outputs of each task: only the graph has them, and to parse it takes as long as all the rest. */
function outputsOf(snapshot: Snapshot): ReadonlyMap<string, readonly Output[]> {
  return new Map(snapshot.graph().tasks.map(({ id, outputs }) => [id, outputs]));
}

/** The decision for a task of whose outputs some are left in the shared cache. */
function deferred(workspace: string, outputs: readonly Output[]): Decision {
  const paths = outputs.flatMap(({ path }) => (realFiles.stat(join(workspace, path)) === undefined ? [path] : []));
  return { action: "fresh", reason: { kind: "deferred", paths } };
}
