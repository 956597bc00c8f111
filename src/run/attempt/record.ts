import { readFileSync } from "node:fs";
import { readLog } from "../../execute/log-files.ts";
import { staticFingerprint } from "../../fingerprint/fingerprint.ts";
import { readersFor } from "../../graph/dependencies.ts";
import { usedElements } from "../../graph/units/used-elements.ts";
import { defined } from "../../model/defined.ts";
import type { Description, SetNode } from "../../model/description.ts";
import type { Digest, Fingerprint } from "../../model/digest.ts";
import type { Artifact, AttemptRecord, NewVersion, Owned } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { SMALL_BLOB } from "../../store/blobs/blobs.ts";
import type { Fetched } from "../../store/remote/remote.ts";
import { whyWithheld } from "../../store/remote/withheld.ts";
import type { Commit } from "../../store/writer.ts";
import { versionOf } from "../../workspace/artifacts.ts";
import type { Session } from "../session/session.ts";
import type { Attempted } from "./attempts.ts";
import { discardOutputs, noteAbsence } from "./discard.ts";
import { newCode } from "./function/new-code.ts";
import type { TaskRun } from "./task-run.ts";

import { isTracked, usedVersions, valuesOf } from "./used-versions.ts";

/** A longer log is stored with its middle left out, in bytes. */
const LONGEST_LOG = 256 * 1024 * 1024;

/** How many changes of the reason of its attempt a record has: `why` recomputes the rest from the descriptions. */
const RECORDED_CHANGES = 20;

type Unplaced = Omit<AttemptRecord, "seq">;

/** The results of an attempt that ended well, and what they were made of. */
export interface Made {
  /** With the found inputs. */
  readonly description: Description;
  readonly fingerprint: Fingerprint;
  readonly outputs: readonly Artifact[];
  /** An entry is stored for them. */
  readonly isCacheable: boolean;
}

/** Records an attempt that ended well. Cacheable outputs are in the store already. */
export function recordSuccess(taskRun: TaskRun, attempted: Attempted, made: Made): void {
  const { session, task } = taskRun;
  const { description, fingerprint, outputs, isCacheable } = made;
  const log = takeLog(session, attempted);
  const record = recordOf(taskRun, attempted, {
    description,
    fingerprint,
    outputs,
    outcome: "ok",
    uncached: !isCacheable,
    ...defined({ log }),
  });
  const { entry, found } = isCacheable ? entryOf(session, record) : {};
  session.commits.add(
    {
      record,
      owned: takeOver(session, task, outputs),
      nodes: taskRun.pins.sets.nodesOf(description),
      code: newCode(session, task),
      versions: [
        ...usedVersions(taskRun, { description, record: record.id }),
        ...outputs.map((artifact) => versionMade(artifact, record)),
      ],
      ...defined({ entry, found }),
    },
    attempted.id,
  );
  session.done.set(task.id, { fingerprint, outputs, isStored: isCacheable, ...defined({ log }) });
  if (entry !== undefined) shareResult(taskRun, { entry, record });
}

/**
 * Records that the result of an earlier attempt counts for a task as it is now, though nothing ran.
 * @param made What the task is made of now, with the inputs that the attempt found.
 */
export function recordAccepted(
  taskRun: TaskRun,
  earlier: AttemptRecord,
  made: Pick<Made, "description" | "fingerprint">,
): void {
  const { session, task, pins } = taskRun;
  const { outputs, log, host, duration } = earlier;
  const attempted = { id: session.nextAttempt(), started: Date.now(), host, duration };
  const parts = { ...made, outputs, outcome: "ok", uncached: false, ...defined({ log }) } as const;
  const record = { ...recordOf(taskRun, attempted, parts), accepted: earlier.accepted ?? earlier.id };
  session.commits.add({
    record,
    owned: takeOver(session, task, outputs),
    nodes: pins.sets.nodesOf(made.description),
    code: newCode(session, task),
    versions: [
      ...usedVersions(taskRun, { description: made.description, record: record.id }),
      ...outputs.map((artifact) => versionMade(artifact, record)),
    ],
    ...entryOf(session, record),
  });
}

/** Takes a result to where other machines find it. */
function shareResult({ session, pins, task, reason }: TaskRun, made: Fetched): void {
  const { options, store } = session;
  if (options.sharing === undefined || whyWithheld(task, made.record) !== undefined) return;
  // What this attempt stores may not be written yet; what others stored was not read by this run.
  const node = (digest: Digest): SetNode | undefined => pins.sets.node(digest) ?? store.history.node(digest);
  options.sharing.share({ ...made, replaces: reason.kind === "forced", node }, store.blobs);
}

/** Records an attempt that did not end well, and removes its outputs, which are no results. */
export function recordFailure(taskRun: TaskRun, attempted: Attempted): void {
  const { session, pins, task, assessment } = taskRun;
  const { description, fingerprint } = assessment;
  const { outcome } = attempted;
  const log = takeLog(session, attempted);
  const parts = { description, fingerprint, outputs: [], outcome, uncached: true, ...defined({ log }) };
  const record = recordOf(taskRun, attempted, parts);
  discardOutputs(session, task);
  // After a disturbed failure the report of that removal begins the cycle of watch in which the task is tried again.
  if (attempted.isDisturbed !== true) noteAbsence(session, task);
  session.commits.add(
    {
      record,
      nodes: pins.sets.nodesOf(description),
      code: newCode(session, task),
      versions: usedVersions(taskRun, { description, record: record.id }),
      disowned: task.outputs.map(({ path }) => path),
    },
    attempted.id,
  );
}

/** Enters outputs in the ledger as a task's own. */
export function takeOver(session: Session, task: Task, outputs: readonly Artifact[]): readonly Owned[] {
  const { manifest } = session.graph;
  const owned = outputs.map(({ path, identity }) => ({ path, identity, manifest, task: task.id }));
  for (const each of owned) session.ledger.set(each);
  return owned;
}

function versionMade(artifact: Artifact, { id, run }: Unplaced): NewVersion {
  return { ...versionOf(artifact), cause: "made", record: id, run, time: Date.now() };
}

/** The entry for the record's fingerprint, and the paths of its found inputs by the description without them. */
function entryOf({ artifacts }: Session, record: Unplaced): Pick<Commit, "entry" | "found"> {
  const { fingerprint, outputs, duration, log, description } = record;
  const made = artifacts.madeOrder(outputs);
  const entry = { fingerprint, outputs, duration, record: record.id, ...defined({ made, log }) };
  if (description.found === undefined) return { entry };
  return {
    entry,
    found: { static: staticFingerprint(description, artifacts.hasher), paths: Object.keys(description.found) },
  };
}

type Parts = Pick<Unplaced, "description" | "fingerprint" | "outputs" | "outcome" | "uncached" | "log">;

type Ran = Pick<Attempted, "id" | "host" | "started" | "duration"> &
  Partial<Pick<Attempted, "exit" | "signal" | "executor" | "cluster">>;

function recordOf({ session, task, reason }: TaskRun, attempted: Ran, parts: Parts): Unplaced {
  const readers = readersFor(session.graph.tasks, task);
  return {
    ...parts,
    reason: reason.kind === "changed" ? { ...reason, changes: reason.changes.slice(0, RECORDED_CHANGES) } : reason,
    id: attempted.id,
    run: session.run,
    manifest: session.graph.manifest,
    task: task.id,
    ...defined({ exit: attempted.exit, signal: attempted.signal }),
    values: valuesOf(readers, (name) => isTracked(session, name)),
    objects: session.objects.usedBy(readers),
    ...defined({ elements: usedElements(session.graph, task) }),
    host: attempted.host,
    executor: attempted.executor ?? session.executor.name,
    ...defined({ cluster: attempted.cluster }),
    started: attempted.started,
    duration: attempted.duration,
  };
}

/** Stores the log of an attempt; undefined when it is empty. */
function takeLog(session: Session, { log: path, logSize: size }: Attempted): Digest | undefined {
  if (size === 0 || !session.options.cacheWrite) return undefined;
  if (size < SMALL_BLOB) return session.store.blobs.putBytes(readFileSync(path));
  if (size > LONGEST_LOG) return session.store.blobs.putBytes(readLog(path) ?? new Uint8Array());
  const digest = session.workspace.files.digest(path);
  return session.store.blobs.putFile(path, digest) ? digest : undefined;
}
