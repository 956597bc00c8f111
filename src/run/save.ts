import { join } from "node:path";
import { stillHolds } from "../access/graph.ts";
import { machine } from "../execute/machine.ts";
import { worksInPlace } from "../graph/mutations.ts";
import { readsOf } from "../graph/reads.ts";
import { VERSION } from "../host/inc-version.ts";
import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Task } from "../model/graph.ts";
import { sameIdentity } from "../model/identity.ts";
import { own } from "../model/own.ts";
import { explain } from "../model/system-error.ts";
import { FreshTable, type FreshTask } from "../workspace/fresh-table.ts";
import { envInSnapshot, sharingDigest } from "../workspace/request.ts";
import type { FreshTasks } from "../workspace/snapshot.ts";
import { type Selection, type SnapshotHeader, snapshotStamp, writeSnapshot } from "../workspace/snapshot.ts";
import type { RunPins } from "./decide/pins.ts";
import type { Session } from "./session/session.ts";

/** How many bytes are read again at the end of a run, so that the next one can trust them; others are left to it. */
const SETTLE_LIMIT = 64 * 1024 * 1024;

/**
 * Gathers what the next run starts from: the index, the graph, and, if the whole request is fresh now, the files that keep
 * it fresh as long as they do not change. The function returned writes all this, unless another table of pins has begun by then, or
 * another run has written what it left: watch writes later, when a command may have run meanwhile.
 */
export function saveSnapshot(session: Session, pins: RunPins, generation: string, isGood: boolean): () => void {
  const { workspace, options, cached } = session;
  const settled = unlessUnreadable(() => isSettled(session, pins));
  const fresh = settled && options.extra.length === 0 ? freshTasks(session, pins) : null;
  const salt = Buffer.from(workspace.salt).toString("hex");
  const git = workspace.gitSources;
  const env = environmentOf(session, salt, git);
  const { seq } = session.store.history;
  const ownsAll = session.ledger.isOnlyOf(session.graph);
  const place = { workspace: workspace.root, manifest: options.manifest, machine: machine() };
  const common = { inc: VERSION, ...place, generation, seq, ownsAll, salt, env, git };
  workspace.leave({ header: { ...common, selections: [] }, cached, fresh });
  const sound = isGood && settled && isExamined(session);
  const { length } = session.tasks.filter(({ service }) => service === undefined);
  const saved = session.tasks.reduce((sum, { id }) => sum + session.tally.took(id), 0);
  const isPartial = session.tasks.some((task) => isDeferred(pins, task));
  const { moment } = workspace.index;
  const before = snapshotStamp(workspace.directory);
  return () => {
    // A later table may not have examined everything.
    if (workspace.index.moment !== moment || snapshotStamp(workspace.directory) !== before) return;
    const { bytes, checks, absent } = workspace.index.pack();
    const { tasks, params } = options;
    const selected: Selection = { tasks, params, fresh: length, saved, absent, from: 0, to: checks.length };
    const selection = isPartial ? { ...selected, sharing: sharingDigest({ salt }, options) } : selected;
    unlessFull(() =>
      writeSnapshot(join(workspace.directory, "snapshot"), {
        header: { ...common, selections: sound && isRepeatable(session) ? [selection] : [] },
        index: bytes,
        graph: cached.bytes ?? cached.graph,
        packed: cached.packed,
        fresh: sound ? fresh : null,
        origin: { reads: cached.reads, digests: cached.digests },
        checks,
      }),
    );
  };
}

/**
 * Re-examines all that freshness depends on within this epoch: a snapshot checks only examined paths. What has changed by now was not
 * decided by this run, whose last look at it is over.
 */
function isSettled({ workspace, ...session }: Session, pins: RunPins): boolean {
  workspace.index.conclude();
  workspace.index.relist();
  const holds =
    stillHolds(workspace, session.ledger, session.cached) &&
    outputsInPlace(session, pins) &&
    pins.sets.moved().length === 0 &&
    workspace.index.treesHold();
  const unsettled = workspace.index.settle(SETTLE_LIMIT);
  return holds && unsettled.length === 0 && workspace.index.isTrusted() && session.options.cacheWrite;
}

/** A full disk must not fail a run that is over: without a new snapshot the next one looks at everything. */
function unlessFull(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (explain(error) === undefined) throw error;
  }
}

/** An unreadable path has been reported by the task that reads it. The next run looks again. */
function unlessUnreadable(holds: () => boolean): boolean {
  try {
    return holds();
  } catch (error) {
    if (error instanceof DiagnosticError) return false;
    throw error;
  }
}

/** The tasks that the next run need not decide while nothing changes. */
function freshTasks(session: Session, pins: RunPins): FreshTasks {
  const isKnown = (task: Task): boolean =>
    task.service === undefined ? session.tally.succeeded(task.id) : pins.fingerprint(task.id) !== undefined;
  const tasks = session.tasks.filter((task) => !worksInPlace(task) && isKnown(task) && !isUnstored(session, task));
  return {
    sets: pins.sets.roots(),
    tools: pins.toolIdentities(),
    params: session.params,
    tasks: FreshTable.of(
      tasks,
      (task) => pins.untouched.row(task.id) ?? freshTask(session, pins, task),
      pins.untouched.table,
    ),
    config: defined({ jobs: session.graph.config.jobs }),
  };
}

function freshTask({ tally, workspace }: Session, pins: RunPins, task: Task): FreshTask {
  const found = pins.found(task.id);
  const isPlain = (): boolean => [...pathsOf(task, found)].every((path) => workspace.index.isFile(path));
  const form = isDeferred(pins, task) ? 2 : isPlain() ? 1 : 0;
  return { fingerprint: pins.fingerprint(task.id), took: tally.took(task.id), form, found };
}

/** True when the run left outputs of a task in the shared cache. */
function isDeferred(pins: RunPins, { outputs }: Task): boolean {
  return outputs.some(({ path }) => pins.isAssumed(path));
}

/** What a task names, finds and makes, but for the members of sets. */
function* pathsOf(task: Task, found: readonly string[]): IterableIterator<string> {
  yield* readsOf(task).paths;
  yield* found;
  for (const { path } of task.outputs) yield path;
}

/** False when the opening look saw a change at a path that is there and that nothing has looked at since. */
function isExamined({ workspace }: Session): boolean {
  const { look, index } = workspace;
  return look?.moved.every((path) => index.isExamined(path) || workspace.typeOf(path) === undefined) ?? true;
}

/** Every output is what inc wrote there. */
function outputsInPlace(
  session: Pick<Session, "tasks" | "artifacts" | "ledger">,
  { untouched }: Pick<RunPins, "untouched">,
): boolean {
  return session.tasks.every(
    (task) =>
      untouched.has(task.id) ||
      task.outputs.every(({ path }) =>
        sameIdentity(session.artifacts.identify(path), session.ledger.get(path)?.identity),
      ),
  );
}

/** False when the next run would do something even if nothing changed. */
function isRepeatable(session: Session): boolean {
  const { options } = session;
  if (!options.cacheRead || !options.cacheWrite || options.force || options.extra.length > 0) return false;
  if (session.narrowed) return false;
  // A service that is named has to be started, whatever is fresh.
  const always = (task: Task): boolean =>
    task.rerun === "always" ||
    (task.rerun === "manual" && task.outputs.length === 0 && session.named.has(task.id)) ||
    worksInPlace(task) ||
    (task.service !== undefined && session.named.has(task.id)) ||
    isUnstored(session, task);
  return session.graph.warnings.length === 0 && !session.tasks.some(always);
}

/** True for a task that ran and whose result was not stored, because the content that it read is in doubt. */
function isUnstored({ done }: Session, { id }: Task): boolean {
  return done.get(id)?.isStored === false;
}

/** Every variable that a fingerprint, a tool's look-up or the evaluation of the manifest depended on. */
function environmentOf(session: Session, salt: string, git: readonly string[]): SnapshotHeader["env"] {
  const names = new Set([
    ...session.graph.envs.map(({ name }) => name),
    ...session.cached.reads.env.map(([name]) => name),
    "PATH",
    "INC_DIR",
    ...(git.length > 0 ? ["HOME", "XDG_CONFIG_HOME"] : []),
  ]);
  return [...names].map((name) => {
    const value = own(process.env, name);
    return [name, value === undefined ? null : envInSnapshot(session.workspace.hasher, salt, name, value)] as const;
  });
}
