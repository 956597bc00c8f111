import { changesOf, graphOf } from "../access/graph.ts";
import { type Loaded, loadFrom } from "../access/pipeline.ts";
import { changedTasks } from "../graph/changed-tasks.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Emit, Summary } from "../model/event.ts";
import type { Result } from "../model/result.ts";
import type { Journal } from "../store/journal.ts";
import { removeStaleOutputs, reportReleased } from "./attempt/stale-outputs.ts";
import { contestedOutputs } from "./contested-outputs.ts";
import { commitRun, endRun } from "./ending.ts";
import { ROUNDS, type Walked, walkUntilStill } from "./round/rounds.ts";
import { resolveJobs } from "./session/jobs.ts";
import { openSession, type RunSetting, withGraph } from "./session/open-session.ts";
import type { RunOptions } from "./session/options.ts";
import type { Session } from "./session/session.ts";
import { Tally } from "./session/tally.ts";

/**
 * Runs the selected tasks of a loaded graph until every result matches one table of pins and the graph still follows
 * from the manifest. The lease is held. Expected failures are events; only what prevents the run from starting is
 * returned as diagnostics.
 */
export async function runLoaded(
  loaded: Loaded,
  journal: Journal | undefined,
  options: RunOptions,
  emit: Emit,
): Promise<Result<Summary>> {
  const setting: RunSetting = { journal, options, emit, tally: new Tally() };
  for (let current = loaded, left = ROUNDS; ; left -= 1) {
    const ended = await runGraph(current, setting, left === 1);
    if (!ended.ok) return ended;
    if (ended.value !== "outdated") return { ok: true, value: ended.value };
    const again = await loadAnew(current, options, false);
    if (!again.ok) return again;
    current = again.value;
    const there = new Set(current.tasks.map(({ id }) => id));
    setting.tally.forget(setting.tally.tasks.filter((id) => !there.has(id)));
  }
}

/**
 * The graph as the manifest gives it now.
 * @param goesOn True: what was seen so far still holds.
 */
async function loadAnew(
  { workspace, store, ledger, cached: latest }: Loaded,
  options: RunOptions,
  goesOn: boolean,
): Promise<Result<Loaded>> {
  if (!goesOn) workspace.pin();
  const cached = await graphOf({ workspace, store, ledger }, options, latest);
  return cached.ok ? loadFrom({ workspace, store, ledger }, options, cached.value) : cached;
}

/** @returns `outdated` when the manifest no longer gives this graph. */
async function runGraph(loaded: Loaded, setting: RunSetting, isLast: boolean): Promise<Result<Summary | "outdated">> {
  const { options, emit } = setting;
  const jobs = resolveJobs(options.jobs, loaded.graph.config);
  if (!jobs.ok) return jobs;
  const contested = contestedOutputs(loaded);
  if (contested.length > 0) return { ok: false, diagnostics: contested };
  const session = await openSession(loaded, setting, jobs.value);
  emitBegin(session);
  for (const diagnostic of [...session.graph.warnings, ...session.store.warnings])
    emit({ kind: "diagnostic", diagnostic });
  reportReleased(session);
  const interrupt = (): void => session.stop.abort();
  options.signal.addEventListener("abort", interrupt);
  if (options.signal.aborted) interrupt();
  try {
    return { ok: true, value: await walkGraph(session, isLast) };
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return { ok: false, diagnostics: error.diagnostics };
  } finally {
    options.signal.removeEventListener("abort", interrupt);
    session.logs.close();
    session.executor.close();
    if (!options.dry) session.commits.flush();
  }
}

async function walkGraph(begun: Session, isLast: boolean): Promise<Summary | "outdated"> {
  const { session, pins, unsettled, outdated } = await walkAndTidy(begun);
  // Services would have to be started again.
  if (outdated.length > 0 && !isLast && session.services === undefined) {
    session.emit({ kind: "diagnostic", diagnostic: changedMeanwhile(outdated) });
    await commitRun(session, pins, false);
    return "outdated";
  }
  return endRun(session, pins, [...unsettled, ...outdated]);
}

function emitBegin({ run, graph, tasks, jobs, options, started, emit }: Session): void {
  emit({
    kind: "run-started",
    run,
    manifest: graph.manifest,
    tasks: tasks.filter(({ service }) => service === undefined).map(({ id }) => id),
    jobs,
    dry: options.dry,
    time: started,
  });
}

/** A good walk may leave outputs that no task makes any more; once they are removed, tasks that saw them are decided anew. */
async function walkAndTidy(begun: Session): Promise<Walked> {
  const walk = (from: Session): Promise<Walked> => walkUntilStill(from, { changes: graphChanges, expand });
  const walked = await walk(begun);
  const { session } = walked;
  const isWhole = session.options.tasks.length === 0 && !session.narrowed && session.tally.isGood;
  if (!isWhole || walked.outdated.length > 0 || walked.unsettled.length > 0) return walked;
  const removed = await removeStaleOutputs(session);
  if (removed.length === 0) return walked;
  session.workspace.pin();
  return walk(session);
}

/** Goes on with the graph as the manifest gives it now that tasks have made other things to fan out over. */
async function expand(session: Session, goesOn: boolean): Promise<Session> {
  const again = await loadAnew(session, session.options, goesOn);
  const problems = again.ok ? contestedOutputs(again.value) : again.diagnostics;
  if (!again.ok || problems.length > 0) throw new DiagnosticError(...problems);
  const { gone, come } = changedTasks(session.tasks, again.value.tasks);
  const before = new Set(gone.map(({ id }) => id));
  const found = come.filter(({ id }) => !before.has(id)).map(({ id }) => id);
  if (found.length > 0) session.emit({ kind: "tasks-found", tasks: found });
  for (const { id } of come) before.delete(id);
  session.tally.forget([...before]);
  return withGraph(session, again.value);
}

/**
 * What the graph was made of and is other by now. Not asked of a run that goes wrong; watch learns of edits by itself, and loads
 * anew when the run has ended.
 */
function graphChanges({ options, tally, stop, workspace, ledger, cached }: Session): readonly string[] {
  const isAsked = !options.dry && options.resident === undefined && !stop.signal.aborted && tally.isGood;
  return isAsked ? changesOf(workspace, ledger, cached) : [];
}

function changedMeanwhile(changes: readonly string[]): Diagnostic {
  const [first, ...more] = changes;
  return {
    code: "INC4223",
    severity: "warning",
    message: `"${first}"${more.length === 0 ? "" : ` and ${more.length} more`} changed while tasks ran, and the pipeline depends on it`,
    notes: [{ message: "the manifest is loaded again, and stale tasks run" }],
  };
}
