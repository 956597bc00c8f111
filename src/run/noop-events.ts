import { relative } from "node:path";
import { UNCHANGED } from "../model/decision.ts";
import type { Emit } from "../model/event.ts";
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
  const { tasks = {}, config = {} } = snapshot.fresh() ?? {};
  const ids = Object.keys(tasks);
  const jobs = resolveJobs(asked, config);
  // The selection counts no services, which a full run names, too.
  if (ids.length !== selection.fresh || !jobs.ok) return false;
  const run = newRunId(undefined);
  const manifest = relative(snapshot.header.workspace, snapshot.header.manifest);
  emit({ kind: "run-started", run, manifest, tasks: ids, jobs: jobs.value, dry: false, time: started });
  for (const [task, [, saved]] of Object.entries(tasks)) {
    const ended = { kind: "task-ended", task, result: "fresh", reason: UNCHANGED.reason } as const;
    emit({ kind: "task-decided", task, decision: UNCHANGED, time: Date.now() });
    emit({ ...ended, changed: false, duration: 0, saved, time: Date.now() });
  }
  emit({ kind: "run-ended", summary: { ...summaryOf(selection, started), run } });
  return true;
}
