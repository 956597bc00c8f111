import { randomBytes } from "node:crypto";
import { changesOf, graphOf } from "../access/graph.ts";
import { type Loaded, loadFrom } from "../access/pipeline.ts";
import { LocalExecutor } from "../execute/local/executor.ts";
import { LogFiles } from "../execute/log-files.ts";
import type { CachedGraph } from "../graph/cached.ts";
import { phase } from "../host/phases.ts";
import type { Reason } from "../model/decision.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Emit, Summary } from "../model/event.ts";
import type { Task } from "../model/graph.ts";
import { parseName } from "../model/object-name.ts";
import type { Result } from "../model/result.ts";
import type { Services } from "../services/services.ts";
import { CommitQueue } from "../store/commit-queue.ts";
import type { Journal } from "../store/journal.ts";
import { collectWhenDue } from "../store/upkeep/collect.ts";
import { Artifacts } from "../workspace/artifacts.ts";
import { recall } from "../workspace/memory.ts";
import { sameEnvironment } from "../workspace/request.ts";
import type { FreshTasks } from "../workspace/snapshot.ts";
import { sourceIdentities } from "../workspace/source-identities.ts";
import { letGo, removeStaleOutputs } from "./attempt/stale.ts";
import { boundedDiagnostic } from "./bounded.ts";
import { contestedOutputs } from "./contested.ts";
import { PinnedObjects } from "./decide/pinned-objects.ts";
import type { RunPins } from "./decide/pins.ts";
import { QuickCheck } from "./decide/quick.ts";
import { unseenVersions } from "./decide/unseen-versions.ts";
import { resolveJobs } from "./jobs.ts";
import { neverStill, ROUNDS, type Walked, walkUntilStill } from "./rounds.ts";
import { saveSnapshot } from "./save.ts";
import type { RunOptions } from "./session/options.ts";
import { type Session, Tally } from "./session/session.ts";

/** `20261123T150933123-4f2a9c`: unique, and sorts behind the one before, also when the clock went back. */
function newRunId(before: string | undefined): string {
  const digits = new Date().toISOString().replace(/[-:.]/g, "").slice(0, 18);
  const time = before === undefined || before < digits ? digits : before.slice(0, 18).replace(/\d+$/, increment);
  return `${time}-${randomBytes(3).toString("hex")}`;
}

/** The next number of as many digits. */
function increment(digits: string): string {
  return String(Number(digits) + 1).padStart(digits.length, "0");
}

/**
 * Runs the selected tasks of a loaded graph until every result matches one table of pinned digests, and the graph is what the
 * manifest says then. The lease is held. Expected failures are events; only what keeps the run from starting is returned as
 * diagnostics.
 */
export async function runLoaded(
  loaded: Loaded,
  journal: Journal | undefined,
  options: RunOptions,
  emit: Emit,
): Promise<Result<Summary>> {
  const tally = new Tally();
  for (let current = loaded, left = ROUNDS; ; left -= 1) {
    const ended = await runGraph(current, journal, options, emit, { tally, isLast: left === 1 });
    if (!ended.ok) return ended;
    if (ended.value !== "outdated") return { ok: true, value: ended.value };
    const again = await loadAnew(current, options);
    if (!again.ok) return again;
    current = again.value;
    tally.retain(new Set(current.tasks.map(({ id }) => id)));
  }
}

/** The graph as the manifest gives it now. */
async function loadAnew({ workspace, store, ledger }: Loaded, options: RunOptions): Promise<Result<Loaded>> {
  workspace.pin();
  const cached = await graphOf(workspace, ledger, options.manifest, options.params);
  return cached.ok ? loadFrom({ workspace, store, ledger }, options, cached.value) : cached;
}

/** @returns `outdated`: the graph does not hold any more. */
async function runGraph(
  loaded: Loaded,
  journal: Journal | undefined,
  options: RunOptions,
  emit: Emit,
  { tally, isLast }: { readonly tally: Tally; readonly isLast: boolean },
): Promise<Result<Summary | "outdated">> {
  const jobs = resolveJobs(options.jobs, loaded.graph.config);
  if (!jobs.ok) return jobs;
  const contested = contestedOutputs(loaded);
  if (contested.length > 0) return { ok: false, diagnostics: contested };
  const services = await openServices(loaded, options, emit);
  const session = { ...openSession(loaded, journal, options, jobs.value, emit, services), tally };
  const started = Date.now();
  const { run, graph, tasks } = session;
  emit({
    kind: "run-started",
    run,
    manifest: graph.manifest,
    tasks: tasks.filter(({ service }) => service === undefined).map(({ id }) => id),
    jobs: jobs.value,
    dry: options.dry,
    time: started,
  });
  for (const diagnostic of [...graph.warnings, ...session.store.warnings]) emit({ kind: "diagnostic", diagnostic });
  letGo(session);
  const interrupt = (): void => session.stop.abort();
  options.signal.addEventListener("abort", interrupt);
  if (options.signal.aborted) interrupt();
  try {
    const { pins, ...walked } = await walkAndTidy(session, () => graphChanges(session, loaded.cached));
    // Services would have to be started again.
    if (walked.outdated.length > 0 && !isLast && services === undefined) {
      emit({ kind: "diagnostic", diagnostic: outdated(walked.outdated) });
      await finish(session, pins, loaded.cached, false, started);
      return { ok: true, value: "outdated" };
    }
    const unsettled = [...walked.unsettled, ...walked.outdated];
    for (const task of tasks) noteUnreached(session, task, unsettled);
    if (unsettled.length > 0) emit({ kind: "diagnostic", diagnostic: neverStill(session, unsettled) });
    for (const diagnostic of unseenVersions(session.graph, pins)) emit({ kind: "diagnostic", diagnostic });
    for (const diagnostic of (await session.services?.settle(session.stop.signal)) ?? [])
      emit({ kind: "diagnostic", diagnostic });
    const good =
      unsettled.length === 0 &&
      session.tally.count("failed") + session.tally.count("skipped") + session.tally.count("cancelled") === 0;
    if (!options.dry) await finish(session, pins, loaded.cached, good, started);
    const failed = session.tally.count("failed") > 0 || unsettled.length > 0 || !areReady(session);
    const exit = options.signal.aborted ? 130 : failed ? 1 : 0;
    await stopServices(session, exit === 0);
    const summary = session.tally.summary(run, options.dry, Date.now() - started, exit);
    emit({ kind: "run-ended", summary });
    return { ok: true, value: summary };
  } finally {
    options.signal.removeEventListener("abort", interrupt);
    session.logs.close();
    if (!options.dry) session.commits.flush();
  }
}

/**
 * What the graph was made of and is other by now. Of a run that goes wrong nothing is claimed; watch is told of edits and loads
 * anew when the run has ended.
 */
function graphChanges(session: Session, cached: CachedGraph): readonly string[] {
  const { options, tally, stop, workspace, ledger } = session;
  const bad = tally.count("failed") + tally.count("skipped") + tally.count("cancelled");
  if (options.dry || options.resident !== undefined) return [];
  if (stop.signal.aborted || bad > 0) return [];
  return changesOf(workspace, ledger, cached);
}

function outdated(changes: readonly string[]): Diagnostic {
  const [first, ...more] = changes;
  return {
    code: "INC4223",
    severity: "warning",
    message: `"${first}"${more.length === 0 ? "" : ` and ${more.length} more`} changed while tasks ran, and the pipeline was made of it`,
    notes: [{ message: "the manifest is loaded again, and what that makes stale is run" }],
  };
}

/** A good walk may leave outputs that no task makes any more; once they are removed, whoever saw them is decided anew. */
async function walkAndTidy(session: Session, graphChanges: () => readonly string[]): Promise<Walked> {
  const { options, tally } = session;
  const walked = await walkUntilStill(session, graphChanges);
  if (walked.outdated.length > 0) return walked;
  const bad = tally.count("failed") + tally.count("skipped") + tally.count("cancelled");
  if (options.tasks.length > 0 || bad > 0 || walked.unsettled.length > 0) return walked;
  const removed = await removeStaleOutputs(session);
  return removed.length === 0 ? walked : walkUntilStill(session, graphChanges);
}

async function finish(
  session: Session,
  pins: RunPins,
  cached: CachedGraph,
  good: boolean,
  started: number,
): Promise<void> {
  const { options, store, run, graph } = session;
  const exit = options.signal.aborted ? 130 : good ? 0 : 1;
  session.commits.add({
    run: { id: run, manifest: graph.manifest, started, ended: Date.now(), exit, argv: options.command.split(" ") },
  });
  session.commits.flush();
  if (session.done.size > 0) {
    const bounded = collectWhenDue(store, sourceIdentities(session.workspace));
    if (bounded !== undefined) session.emit({ kind: "diagnostic", diagnostic: boundedDiagnostic(bounded) });
  }
  // What was published meanwhile makes something stale that this run found fresh.
  const generation =
    graph.objects.length === 0 ? store.generation : store.generationWhile(() => session.objects.areLatest(store));
  const save = saveSnapshot(session, pins, cached, generation ?? "", good && generation !== undefined);
  if (options.resident === undefined) phase("run", "save", save);
  else options.resident.later(save);
}

function openServices({ tasks }: Loaded, options: RunOptions, emit: Emit): Promise<Services> | undefined {
  return tasks.some(({ service }) => service !== undefined) ? options.services?.(emit) : undefined;
}

/** True when every service that was asked for runs. */
function areReady({ services, asked }: Session): boolean {
  return services === undefined || [...asked].every((id) => services.isReady(id));
}

/** Under watch those that there still are go on, else those that were asked for. */
async function stopServices({ services, asked, graph, options }: Session, good: boolean): Promise<void> {
  const there = new Set(graph.tasks.map(({ id }) => id));
  await services?.stop((id) => (options.resident === undefined ? good && asked.has(id) : there.has(id)));
}

/** What the scheduler never came to, because the run was ended before or its inputs never rested. */
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

function openSession(
  loaded: Loaded,
  journal: Journal | undefined,
  options: RunOptions,
  jobs: number,
  emit: Emit,
  services: Services | undefined,
): Session {
  const { workspace, store, graph, params, tasks, named, byPath } = loaded;
  const run = newRunId(store.history.latestRun()?.id);
  disregardNotes(loaded);
  let attempts = 0;
  let makers: Map<string, string> | undefined;
  return {
    run,
    options,
    workspace,
    store,
    journal,
    graph,
    params,
    tasks,
    named,
    byPath,
    updated: new Set(),
    jobs,
    emit,
    ledger: loaded.ledger,
    artifacts: new Artifacts(workspace, store),
    commits: new CommitQueue(store, (ids) => {
      for (const id of ids) journal?.end(id);
    }),
    executor: options.executor ?? new LocalExecutor(workspace),
    logs: new LogFiles(workspace.logs),
    tally: new Tally(),
    // What is behind `--` stands in commands that the snapshot knows without it.
    quick: options.extra.length > 0 ? undefined : quickCheck(loaded),
    stop: new AbortController(),
    done: new Map(),
    doubts: new Map(),
    intervals: [],
    failed: options.resident?.failed ?? new Map(),
    noted: new Map(),
    objects: new PinnedObjects(
      store,
      graph.objects.map(({ name }) => name),
    ),
    services,
    asked: askedServices(loaded, options),
    makers() {
      makers ??= new Map(graph.tasks.flatMap((task) => task.outputs.map(({ path }) => [path, task.id] as const)));
      return makers;
    },
    nextAttempt() {
      attempts += 1;
      return `${run}.${String(attempts).padStart(6, "0")}`;
    },
  };
}

/** What a killed run appended after the last snapshot, the index does not know to be noted. */
function disregardNotes({ workspace, store }: Loaded): void {
  const header = recall(workspace)?.header ?? workspace.snapshot?.header;
  if (header === undefined || header.seq >= store.history.seq) return;
  const names = [...store.history.since(header.seq)].map(({ name }) => parseName(name));
  workspace.index.unnote(names.flatMap(({ kind, id }) => (kind === "path" ? [id] : [])));
}

/** Who names a service wants it to run; watch without names wants those of the manifest's default, or all. */
function askedServices({ named, graph, tasks }: Loaded, { resident }: RunOptions): ReadonlySet<string> {
  const ids = tasks.filter(({ service }) => service !== undefined).map(({ id }) => id);
  if (resident === undefined || named.size > 0) return new Set(ids.filter((id) => named.has(id)));
  const { default: standard } = graph.config;
  const asked = standard === undefined ? undefined : new Set(standard);
  return new Set(asked === undefined ? ids : ids.filter((id) => asked.has(id)));
}

/** Usable when nothing that all tasks depend on is other than it was, and nobody has committed since. */
function quickCheck({ workspace, store, cached, params }: Loaded): QuickCheck | undefined {
  const { snapshot } = workspace;
  const memory = recall(workspace);
  const isKnown = memory === undefined ? cached.bytes !== undefined : cached === memory.cached;
  const header = memory?.header ?? snapshot?.header;
  if (header === undefined || !isKnown) return undefined;
  if (header.generation !== store.generation || !sameEnvironment(header)) return undefined;
  const fresh = memory === undefined ? (snapshot?.fresh() as FreshTasks | null) : memory.fresh;
  if (fresh === null || JSON.stringify(fresh.params) !== JSON.stringify(params)) return undefined;
  return new QuickCheck(workspace, fresh);
}
