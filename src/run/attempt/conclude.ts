import { fingerprintOf } from "../../fingerprint/fingerprint.ts";
import { isMutated, worksInPlace } from "../../graph/mutations.ts";
import { findsInputs } from "../../graph/reads.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Fingerprint } from "../../model/digest.ts";
import type { Artifact } from "../../model/entry.ts";
import { type Identity, sameIdentity } from "../../model/identity.ts";
import type { Session } from "../session/session.ts";
import type { Attempted } from "./attempts.ts";
import type { Flight } from "./flight.ts";
import { foundInputs } from "./found-inputs.ts";
import { codeUsed } from "./function/code-used.ts";
import { settleDoubt } from "./inputs-look.ts";
import { recordSuccess } from "./record.ts";
import type { TaskRun } from "./task-run.ts";

/** The fate of an attempt that ended well. */
export type Conclusion =
  /**
   * Recorded. `changed`: some output differs from the one before. `nondeterministic`: outputs that differ from those of
   * the entry for the same inputs. `mutated`: pinned paths that it changed in place, which have to be pinned anew.
   */
  | {
      readonly kind: "done";
      readonly changed: boolean;
      readonly nondeterministic: readonly string[];
      readonly mutated: readonly string[];
      /** Inputs that were touched during this attempt and the one before. */
      readonly touched: readonly string[];
      /** The result is in the store. */
      readonly stored: boolean;
    }
  /** Inputs moved meanwhile: nothing is recorded, and the task is decided anew. */
  | { readonly kind: "moved"; readonly paths: readonly string[] }
  /**
   * Inputs are as before, but may have been something else in between: nothing is recorded, and the task runs again.
   */
  | { readonly kind: "doubtful"; readonly paths: readonly string[] }
  /** It changed inputs that it may change: nothing is recorded, and the task runs again on the changed ones. */
  | { readonly kind: "updated"; readonly paths: readonly string[] }
  | { readonly kind: "failed"; readonly diagnostics: readonly Diagnostic[] };

/** Stores and records the results of an attempt, unless its inputs have moved. */
export function conclude(taskRun: TaskRun, flight: Flight, attempted: Attempted): Conclusion {
  const { session, pins, task, assessment } = taskRun;
  const before = task.outputs.map(({ path }) => session.ledger.get(path)?.identity);
  for (const { path } of task.outputs) pins.remade(path);
  const outputs = task.outputs.flatMap((output) => session.artifacts.inspect(output) ?? []);
  const found = foundInputs(taskRun, attempted);
  if (!found.ok) return { kind: "failed", diagnostics: found.diagnostics };
  const code = codeUsed(session, task, attempted.function);
  if (code.problems.length > 0) return { kind: "failed", diagnostics: code.problems };
  const { moved, touched } = flight.look(pins, attempted.tick);
  if (moved.length + code.moved.length > 0) return { kind: "moved", paths: [...moved, ...code.moved] };
  const mutated = mutatedBy(taskRun);
  // Its outputs are made of inputs that are gone: only outputs made of the changed inputs are stored.
  if (mutated.length > 0 && !worksInPlace(task)) return { kind: "updated", paths: mutated };
  const description = findsInputs(task)
    ? { ...assessment.description, found: found.value.identities }
    : assessment.description;
  const fingerprint = fingerprintOf(description, session.artifacts.hasher);
  const doubtful = [...touched, ...found.value.touched];
  const settled = doubtful.length === 0 ? undefined : settleDoubt(taskRun, fingerprint, outputs);
  if (settled === "again") return { kind: "doubtful", paths: doubtful };
  const isCacheable = session.options.cacheWrite && !worksInPlace(task) && settled !== "unstored";
  const lost = isCacheable ? outputs.find((artifact) => !session.artifacts.take(artifact)) : undefined;
  if (lost !== undefined) return { kind: "moved", paths: [lost.path] };
  const nondeterministic = changedOutputs(session, fingerprint, outputs);
  recordSuccess(taskRun, attempted, { description, fingerprint, outputs, isCacheable });
  pins.setFingerprint(task.id, fingerprint, Object.keys(found.value.identities));
  return {
    kind: "done",
    mutated,
    touched: doubtful,
    stored: settled !== "unstored",
    changed: outputs.length === 0 || differing(outputs, before).length > 0,
    nondeterministic,
  };
}

/**
 * Paths of the outputs in which this attempt differs from an earlier one with the same fingerprint. None where the earlier result was
 * accepted: it was made of other inputs.
 */
function changedOutputs({ store }: Session, fingerprint: Fingerprint, outputs: readonly Artifact[]): readonly string[] {
  const entry = store.entry(fingerprint);
  if (entry === undefined) return [];
  const paths = differing(
    outputs,
    entry.outputs.map(({ identity }) => identity),
  );
  return paths.length > 0 && store.history.record(entry.record)?.accepted === undefined ? paths : [];
}

function mutatedBy({ session, pins, task }: TaskRun): readonly string[] {
  if (task.mutates.length === 0) return [];
  return session.workspace.index.moved(pins.used.filter((path) => isMutated(task, path)));
}

/** Paths of the artifacts that differ from the identity with the same index. */
function differing(artifacts: readonly Artifact[], others: readonly (Identity | undefined)[]): readonly string[] {
  return artifacts.filter(({ identity }, i) => !sameIdentity(others[i], identity)).map(({ path }) => path);
}
