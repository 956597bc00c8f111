import { type ClosingLook, type Interval, worst } from "../../files/closing-look.ts";
import { readersFor } from "../../graph/dependencies.ts";
import { isMutated, worksInPlace } from "../../graph/mutations.ts";
import { readsOf } from "../../graph/reads.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Fingerprint } from "../../model/digest.ts";
import type { Artifact } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import type { RunPins } from "../decide/pins.ts";
import type { TaskRun } from "./task-run.ts";

/** After how many attempts in doubt a task's result is taken as it is, though it is not stored. */
const ATTEMPTS_IN_DOUBT = 3;

/** What happened to the inputs of an attempt while it ran. */
export interface InputsLook {
  /** Paths with other content, and sets with other members. */
  readonly moved: readonly string[];
  /** Paths that are as before, but may have been something else in between. */
  readonly touched: readonly string[];
}

/**
 * Looks again at all that a task reads, as an attempt leaves it.
 * @param interval Since when, and whether the inputs were pinned later than that.
 */
export function lookAtInputs(
  { session, pins, task }: TaskRun,
  interval: Pick<Interval, "since" | "isPinnedSince">,
): InputsLook {
  const readers = readersFor(session.graph.tasks, task);
  const reads = readers.flatMap((reader) => pins.readBy(reader)).filter((path) => !isMutated(task, path));
  // What changes its inputs in place is never cached, and may make more of them.
  const whole = { ...interval, made: (directory: string) => pins.madeIn(directory) };
  const look = session.workspace.index.closingLook(!worksInPlace(task) ? whole : undefined);
  const moved: string[] = [];
  const touched: string[] = [];
  for (const path of new Set(reads)) {
    const compared = worst([look.compare(path), pins.holds(path) ? "same" : "moved"]);
    if (compared === "moved") moved.push(path);
    if (compared === "touched") touched.push(path);
  }
  if (!worksInPlace(task)) {
    // The directories of sets come first: to look for members is to list them again.
    touched.push(...touchedDirectories(pins, readers, look));
    moved.push(...readers.flatMap((reader) => pins.sets.movedOf(readsOf(reader).sets)));
  }
  return { moved, touched };
}

/** Directories of a task's sets in which a member may have come and gone. */
function touchedDirectories(pins: RunPins, readers: readonly Task[], look: ClosingLook): readonly string[] {
  const sets = readers.flatMap((reader) => readsOf(reader).sets);
  const directories = new Set(sets.flatMap((set) => [...pins.sets.directoriesOf(set)]));
  return [...directories].filter((directory) => look.directory(directory) === "touched");
}

/**
 * Judges an attempt in doubt. After the first one the task runs again. When a second one makes the same of the same
 * inputs, its result counts: the command itself touches them, or the touch had no effect. Else a result is good for
 * this run only.
 */
export function settleDoubt(
  { session, task }: TaskRun,
  fingerprint: Fingerprint,
  outputs: readonly Artifact[],
): "again" | "confirmed" | "unstored" {
  const known = session.doubts.get(task.id);
  const before = known?.fingerprint === fingerprint ? known : undefined;
  const attempts = (before?.attempts ?? 0) + 1;
  session.doubts.set(task.id, { fingerprint, outputs, attempts });
  if (before !== undefined && sameOutputs(before.outputs, outputs)) return "confirmed";
  return attempts < ATTEMPTS_IN_DOUBT ? "again" : "unstored";
}

function sameOutputs(a: readonly Artifact[], b: readonly Artifact[]): boolean {
  return a.length === b.length && a.every(({ identity }, i) => sameIdentity(identity, b[i]?.identity));
}

/** Warns about a task whose inputs were touched in each of its attempts. */
export function touchedWhileItRan(
  task: Task,
  { touched, stored }: { readonly touched: readonly string[]; readonly stored: boolean },
): Diagnostic {
  const [first, ...more] = [...new Set(touched)];
  const paths = `"${first}"${more.length === 0 ? "" : ` and ${more.length} more`}`;
  return {
    code: "INC4221",
    severity: "warning",
    message: `while task "${task.id}" ran, its input ${paths} was touched, with the same content before and after`,
    location: task.location,
    notes: [
      {
        message: stored
          ? "the content that it read is not known, so it ran twice; the result was the same"
          : "the content that it read is not known, and each attempt gave another result, so none was stored",
      },
    ],
    help: ["let the command leave its inputs alone, or declare the files that it changes in place: mutates"],
  };
}
