import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { readLog } from "../../execute/log-files.ts";
import { fingerprintOf, staticFingerprint } from "../../fingerprint/fingerprint.ts";
import { readersFor } from "../../graph/dependencies.ts";
import { isMutated, worksInPlace } from "../../graph/mutations.ts";
import { defined } from "../../model/defined.ts";
import type { Description } from "../../model/description.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Digest, Fingerprint } from "../../model/digest.ts";
import type { Artifact, AttemptRecord, Outcome } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import { SMALL_BLOB } from "../../store/blobs/blobs.ts";
import type { Commit } from "../../store/writer.ts";
import { versionOf } from "../../workspace/artifacts.ts";
import type { Session } from "../session/session.ts";
import type { Attempted } from "./attempts.ts";
import type { Flight } from "./flight.ts";
import { foundInputs } from "./found-inputs.ts";
import { settleDoubt } from "./inputs-look.ts";
import type { TaskRun } from "./task-run.ts";
import { isTracked, usedVersions, valuesOf } from "./used.ts";

/** A longer log is stored with its middle left out, in bytes. */
const LONGEST_LOG = 256 * 1024 * 1024;

/** How many changes a record keeps of the reason of its attempt: `why` recomputes the rest from the descriptions. */
const KEPT_CHANGES = 20;

/** What became of an attempt that ended well. */
export type Conclusion =
  /**
   * Recorded. `changed`: some output differs from what stood there before; `nondeterministic`: from its entry's;
   * `mutated`: what it changed in place and was pinned before, so that it has to be pinned anew.
   */
  | {
      readonly kind: "done";
      readonly changed: boolean;
      readonly nondeterministic: readonly string[];
      readonly mutated: readonly string[];
      /** Inputs that were touched while it ran, and in the attempt before as well. */
      readonly touched: readonly string[];
      /** Its result is stored. */
      readonly stored: boolean;
    }
  /** Inputs moved while it ran: nothing is recorded, and it has to be decided anew. */
  | { readonly kind: "moved"; readonly paths: readonly string[] }
  /** Inputs are as they were, but may have been something else while it ran: nothing is recorded, and it runs again. */
  | { readonly kind: "doubtful"; readonly paths: readonly string[] }
  /** It changed inputs that it may change: nothing is recorded, and it has to make its outputs of what it left. */
  | { readonly kind: "updated"; readonly paths: readonly string[] }
  | { readonly kind: "failed"; readonly diagnostics: readonly Diagnostic[] };

/** Stores what an attempt made and records how, unless what it read has moved. */
export function conclude(taskRun: TaskRun, flight: Flight, attempted: Attempted): Conclusion {
  const { session, pins, task, assessment } = taskRun;
  const before = new Map(task.outputs.map((output) => [output.path, session.ledger.get(output.path)?.identity]));
  for (const { path } of task.outputs) pins.remade(path);
  const outputs = task.outputs.flatMap((output) => session.artifacts.inspect(output) ?? []);
  const found = foundInputs(taskRun, attempted);
  if (!found.ok) return { kind: "failed", diagnostics: found.diagnostics };
  const { moved, touched } = flight.look(pins, attempted.tick);
  if (moved.length > 0) return { kind: "moved", paths: moved };
  const mutated =
    task.mutates.length === 0 ? [] : session.workspace.index.moved(pins.used.filter((path) => isMutated(task, path)));
  // What it made is of inputs that are gone: only what it makes of those that it leaves behind may be kept.
  if (mutated.length > 0 && !worksInPlace(task)) return { kind: "updated", paths: mutated };
  const description =
    task.depfiles.length === 0 ? assessment.description : { ...assessment.description, found: found.value.identities };
  const fingerprint = fingerprintOf(description, session.artifacts.hasher);
  const doubtful = [...touched, ...found.value.touched];
  const settled = doubtful.length === 0 ? undefined : settleDoubt(taskRun, fingerprint, outputs);
  if (settled === "again") return { kind: "doubtful", paths: doubtful };
  const cacheable = session.options.cacheWrite && !worksInPlace(task) && settled !== "unstored";
  if (cacheable)
    for (const artifact of outputs)
      if (!session.artifacts.take(artifact)) return { kind: "moved", paths: [artifact.path] };
  const previous = session.store.entry(fingerprint);
  const record = recordOf(taskRun, attempted, {
    description,
    fingerprint,
    outputs,
    outcome: "ok",
    uncached: !cacheable,
  });
  const log = takeLog(session, attempted);
  session.commits.add(commitOf(taskRun, { ...record, ...defined({ log }) }, cacheable), attempted.id);
  session.done.set(task.id, { fingerprint, outputs, ...defined({ log }) });
  pins.setFingerprint(task.id, fingerprint, Object.keys(found.value.identities));
  return {
    kind: "done",
    mutated,
    touched: doubtful,
    stored: settled !== "unstored",
    changed:
      outputs.length === 0 || outputs.some((artifact) => !sameIdentity(before.get(artifact.path), artifact.identity)),
    nondeterministic: outputs
      .filter(
        (artifact, i) => previous !== undefined && !sameIdentity(previous.outputs[i]?.identity, artifact.identity),
      )
      .map(({ path }) => path),
  };
}

/** Records an attempt that did not end well, and takes away what it left, so that nothing later takes it for a result. */
export function recordFailure(taskRun: TaskRun, attempted: Attempted): void {
  const { session, pins, task, assessment } = taskRun;
  const log = takeLog(session, attempted);
  const record = recordOf(taskRun, attempted, {
    description: assessment.description,
    fingerprint: assessment.fingerprint,
    outputs: [],
    outcome: attempted.outcome,
    uncached: true,
  });
  discardOutputs(session, task);
  session.commits.add(
    {
      record: { ...record, ...defined({ log }) },
      nodes: pins.sets.nodesOf(record.description),
      versions: usedVersions(taskRun, { description: record.description, record: record.id }),
      disowned: task.outputs.map((output) => output.path),
    },
    attempted.id,
  );
}

/** Removes what an attempt left whose result does not count. */
export function discardOutputs(session: Session, task: Task): void {
  for (const output of task.outputs) {
    try {
      session.workspace.remove(output.path);
    } catch {
      // It may not be removed. Nobody takes it for a result: from now on the ledger does not know it.
    }
    session.workspace.index.forget(output.path);
    session.ledger.delete(output.path);
  }
}

type Unplaced = Omit<AttemptRecord, "seq">;

function commitOf(taskRun: TaskRun, record: Unplaced, cacheable: boolean): Commit {
  const { session, pins, task } = taskRun;
  const { outputs, fingerprint, id, log } = record;
  const owned = outputs.map(({ path, identity }) => ({
    path,
    identity,
    manifest: session.graph.manifest,
    task: task.id,
  }));
  for (const own of owned) session.ledger.set(own);
  const made = session.artifacts.madeOrder(outputs);
  return {
    record,
    owned,
    nodes: pins.sets.nodesOf(record.description),
    versions: [
      ...usedVersions(taskRun, { description: record.description, record: id }),
      ...outputs.map((artifact) => ({
        ...versionOf(artifact),
        cause: "made" as const,
        record: id,
        run: session.run,
        time: Date.now(),
      })),
    ],
    ...(cacheable
      ? {
          entry: {
            fingerprint,
            outputs,
            duration: record.duration,
            record: id,
            ...defined({ made, log }),
          },
        }
      : {}),
    ...(cacheable && record.description.found !== undefined
      ? {
          found: {
            static: staticFingerprint(record.description, session.artifacts.hasher),
            paths: Object.keys(record.description.found),
          },
        }
      : {}),
  };
}

interface RecordParts {
  readonly description: Description;
  readonly fingerprint: Fingerprint;
  readonly outputs: readonly Artifact[];
  readonly outcome: Outcome;
  readonly uncached: boolean;
}

function recordOf({ session, task, reason }: TaskRun, attempted: Attempted, parts: RecordParts): Unplaced {
  const readers = readersFor(session.graph.tasks, task);
  return {
    ...parts,
    reason: reason.kind === "changed" ? { ...reason, changes: reason.changes.slice(0, KEPT_CHANGES) } : reason,
    id: attempted.id,
    run: session.run,
    manifest: session.graph.manifest,
    task: task.id,
    ...defined({ exit: attempted.exit, signal: attempted.signal }),
    values: valuesOf(readers, (name) => isTracked(session, name)),
    objects: session.objects.usedBy(readers),
    host: hostname(),
    executor: "local",
    started: attempted.started,
    duration: attempted.duration,
  };
}

/** Takes what an attempt printed into the store; undefined when it printed nothing. */
function takeLog(session: Session, { log: path, logSize: size }: Attempted): Digest | undefined {
  if (size === 0 || !session.options.cacheWrite) return undefined;
  if (size < SMALL_BLOB) return session.store.blobs.putBytes(readFileSync(path));
  if (size > LONGEST_LOG) return session.store.blobs.putBytes(readLog(path) ?? new Uint8Array());
  const digest = session.workspace.files.digest(path);
  return session.store.blobs.putFile(path, digest) ? digest : undefined;
}
