import type { FunctionAction } from "../../model/task/action.ts";
import type { Attempt, AttemptResult } from "../executor.ts";
import type { LocalPlace } from "../local/local-command.ts";
import { copyLog } from "../log-files.ts";
import { prepareOutputs } from "../outputs.ts";
import { writeValue } from "../settle-value.ts";
import { Batch, type ExecuteAll } from "./batch.ts";
import { located } from "./problems.ts";
import type { UnitEnd } from "./protocol.ts";

/** How one call ended: as the attempt of a single task, and what it said of its units. */
export interface CallEnd {
  readonly result: AttemptResult;
  /** In the order of the attempts; null: it said nothing of the unit. Absent: its process is gone. */
  readonly units?: readonly (UnitEnd | null)[];
}

/** Calls the function once for these attempts, of which there is at least one. */
export type Call = (attempts: readonly Attempt[]) => Promise<CallEnd>;

/** Executes an attempt; where its function makes several units, with those that are there for the same call. */
export async function executeTogether(
  attempt: Attempt,
  action: FunctionAction,
  place: LocalPlace,
  call: Call,
): Promise<AttemptResult> {
  if (action.all !== true) return (await call([attempt])).result;
  const { task } = attempt.command;
  const batch = attempt.batch ?? new Batch<Attempt, AttemptResult>([task]);
  return batch.execute(task, attempt, batchExecutor(place, call));
}

/** One attempt that stands for several: what ends one of them ends all, and what runs for it runs for all. */
export function together(attempts: readonly Attempt[]): Attempt {
  const [first] = attempts as readonly [Attempt];
  if (attempts.length === 1) return first;
  return {
    ...first,
    signal: AbortSignal.any(attempts.map(({ signal }) => signal)),
    onSpawn(pid) {
      for (const attempt of attempts) attempt.onSpawn(pid);
    },
  };
}

/**
 * Executes a batch. What a call says of a unit holds for that unit. What it says of none, because it threw, took too long or
 * brought its process down, may be the fault of a single one: the units that are left are called again in two halves, and so
 * on, until each is done or has failed in a call of its own. When one is cancelled, the call ends, and the others are called again.
 */
function batchExecutor(place: LocalPlace, call: Call): ExecuteAll<Attempt, AttemptResult> {
  return async (attempts) => {
    const results = new Map<Attempt, AttemptResult>();
    const open: (readonly Attempt[])[] = [attempts];
    for (let group = open.shift(); group !== undefined; group = open.shift()) {
      const running = group.filter(({ signal }) => !signal.aborted);
      if (running.length > 0) open.unshift(...groupsLeft(running, await call(running), { place, results }));
      for (const attempt of group)
        if (attempt.signal.aborted && !results.has(attempt))
          results.set(attempt, { outcome: "cancelled", duration: 0, logSize: 0 });
    }
    return results;
  };
}

interface Found {
  readonly place: LocalPlace;
  readonly results: Map<Attempt, AttemptResult>;
}

/** Notes what a call says of its units. Returns those that are to be called again, in groups. */
function groupsLeft(
  attempts: readonly Attempt[],
  { result, units = [] }: CallEnd,
  { place, results }: Found,
): readonly (readonly Attempt[])[] {
  const { log } = attempts[0] as Attempt;
  attempts.forEach((attempt, i) => {
    const said = sayingOf(attempt, units[i] ?? null);
    const unit = said && { ...said, diagnostics: located(attempt.command.task, said.diagnostics) };
    const share = { ...result, duration: Math.round(result.duration / attempts.length) };
    if (unit !== null) results.set(attempt, i === 0 ? ofUnit(share, unit) : ofAnother(share, unit));
    // What it printed may say why.
    if (i > 0 && unit !== null && unit.diagnostics.length > 0 && result.logSize > 0) copyLog(log, attempt.log);
    if (unit?.value !== undefined) writeValue(attempt.command.task, Buffer.from(unit.value), place.root);
  });
  const left = attempts.filter((attempt) => !results.has(attempt) && !attempt.signal.aborted);
  if (left.length === 0) return [];
  if (attempts.length === 1) {
    results.set(attempts[0] as Attempt, result);
    return [];
  }
  // What it made of their outputs may be incomplete.
  for (const { command } of left) prepareOutputs(command.task, place.root);
  if (result.outcome === "cancelled") return [left];
  const middle = Math.ceil(left.length / 2);
  return [left.slice(0, middle), left.slice(middle)].filter((half) => half.length > 0);
}

/** Of a cancelled unit only that it was done before: it may have failed because it was cancelled. */
function sayingOf({ signal }: Attempt, unit: UnitEnd | null): UnitEnd | null {
  return signal.aborted && unit !== null && unit.diagnostics.length > 0 ? null : unit;
}

/** What the process did is known of the call alone, and counts for each unit. */
function ofUnit(call: AttemptResult, { diagnostics }: UnitEnd): AttemptResult {
  return { ...call, outcome: diagnostics.length === 0 ? "ok" : "failed", diagnostics };
}

/** What the process left behind is told once, and what it printed once more for each unit that failed. */
function ofAnother(call: AttemptResult, unit: UnitEnd): AttemptResult {
  const { strays: _strays, function: use, ...common } = ofUnit(call, unit);
  const logSize = common.outcome === "ok" ? 0 : call.logSize;
  return { ...common, logSize, ...(use === undefined ? {} : { function: { ...use, leaks: [] } }) };
}
