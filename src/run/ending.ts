import { phase } from "../host/phases.ts";
import type { Reason } from "../model/decision.ts";
import { defined } from "../model/defined.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Summary } from "../model/event.ts";
import type { Task } from "../model/graph.ts";
import { collectWhenDue } from "../store/upkeep/collect.ts";
import { sourceIdentities } from "../workspace/source-identities.ts";
import type { RunPins } from "./decide/pins.ts";
import { unseenVersions } from "./decide/unseen-versions.ts";
import { neverStill } from "./round/rounds.ts";
import { saveSnapshot } from "./save.ts";
import type { Session } from "./session/session.ts";
import { boundedDiagnostic } from "./store-limit.ts";

/**
 * Ends a run whose rounds are over: the last diagnostics, the commit, the services.
 * @param unsettled Paths that kept changing.
 */
export async function endRun(session: Session, pins: RunPins, unsettled: readonly string[]): Promise<Summary> {
  const { run, options, tally, started, emit } = session;
  // Before an eviction may take what is still to be sent.
  await options.sharing?.drain(options.signal);
  for (const task of session.tasks) noteUnreached(session, task, unsettled);
  const report = (diagnostics: readonly Diagnostic[] = []): void => {
    for (const diagnostic of diagnostics) emit({ kind: "diagnostic", diagnostic });
  };
  if (unsettled.length > 0) report([neverStill(session, unsettled)]);
  report(unseenVersions(session.graph, pins));
  report(await session.services?.settle(session.stop.signal));
  if (!options.dry) await commitRun(session, pins, unsettled.length === 0 && tally.isGood);
  const failed = tally.count("failed") > 0 || unsettled.length > 0 || !areReady(session);
  const exit = options.signal.aborted ? 130 : failed ? 1 : 0;
  await stopServices(session, exit === 0);
  calm(session, unsettled);
  const summary = tally.summary({ run, dry: options.dry, duration: Date.now() - started, exit });
  emit({ kind: "run-ended", summary });
  return summary;
}

/**
 * Under watch, a path that keeps changing in two runs, one after the other, counts as seen: else a task that writes its own input
 * would start runs forever.
 */
function calm({ options, workspace }: Session, unsettled: readonly string[]): void {
  const before = options.resident?.unsettled;
  if (before === undefined) return;
  const again = unsettled.filter((path) => before.has(path));
  before.clear();
  for (const path of unsettled) before.add(path);
  if (again.length === 0) return;
  workspace.pin(again);
  for (const path of again) {
    try {
      workspace.index.identify(path);
    } catch (error) {
      // The next run says why it cannot be read.
      if (!(error instanceof DiagnosticError)) throw error;
    }
  }
}

/** Commits that the run took place, brings the store below its limit, and saves what the next run starts from. */
export async function commitRun(session: Session, pins: RunPins, isGood: boolean): Promise<void> {
  const { options, store, run, graph, started } = session;
  const exit = options.signal.aborted ? 130 : isGood ? 0 : 1;
  const remote = options.remoteUse?.();
  const times = { started, ended: Date.now() };
  session.commits.add({
    run: {
      id: run,
      manifest: graph.manifest,
      ...times,
      exit,
      argv: options.command.split(" "),
      ...defined({ remote }),
    },
  });
  session.commits.flush();
  if (session.done.size > 0) {
    const bounded = collectWhenDue(store, sourceIdentities(session.workspace));
    if (bounded !== undefined) session.emit({ kind: "diagnostic", diagnostic: boundedDiagnostic(bounded) });
  }
  // What was published meanwhile makes something stale that this run found fresh.
  const generation =
    graph.objects.length === 0 ? store.generation : store.generationWhile(() => session.objects.areLatest(store));
  const save = saveSnapshot(session, pins, generation ?? "", isGood && generation !== undefined);
  if (options.resident === undefined) phase("run", "save", save);
  else options.resident.later(save);
}

/** True when every service that was asked for is ready. */
function areReady({ services, asked }: Session): boolean {
  return services === undefined || [...asked].every((id) => services.isReady(id));
}

/** Under watch, services that are still declared go on; else those that were asked for, after a good run. */
async function stopServices({ services, asked, graph, options }: Session, good: boolean): Promise<void> {
  if (services === undefined) return;
  const there = new Set(graph.tasks.map(({ id }) => id));
  await services.stop((id) => (options.resident === undefined ? good && asked.has(id) : there.has(id)));
}

/** Tasks that were never reached, because the run was interrupted or inputs kept changing. */
function noteUnreached(session: Session, task: Task, unsettled: readonly string[]): void {
  if (session.tally.has(task.id) || task.service !== undefined) return;
  const reason: Reason = unsettled.length > 0 ? { kind: "moved", paths: unsettled } : { kind: "cancelled" };
  session.tally.note(task.id, "skipped", 0);
  session.emit({
    kind: "task-ended",
    task: task.id,
    result: "skipped",
    reason,
    changed: false,
    duration: 0,
    saved: 0,
    time: Date.now(),
  });
}
