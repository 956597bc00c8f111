import { appendFileSync } from "node:fs";
import { openOutput } from "./process/standard-output.ts";

/** The folders of src whose phases can be traced, as `INC_DEBUG` names them. */
const ROOMS = ["access", "execute", "files", "lineage", "plan", "run", "store", "watch"] as const;

export type Room = (typeof ROOMS)[number];

/** One piece of inc's own work. */
export interface Phase {
  readonly room: Room;
  /** `load`, `pin`, `decide`, `store`, `commit`, `sweep`, `save`, … */
  readonly name: string;
  /** Its subject: a task, or the number of paths. */
  readonly detail?: string;
  /** Milliseconds since the epoch, with fractions. */
  readonly started: number;
  /** Milliseconds, with fractions. */
  readonly duration: number;
}

/** The listeners of this process. Without one, the usual case, a phase costs one comparison. */
const listeners = new Set<(phase: Phase) => void>();

/** Calls the listener with each phase when it ends, until the function that is returned is called. */
export function followPhases(listener: (phase: Phase) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Does a piece of work, which may be a promise, and reports to the listeners how long it took. */
export function phase<T>(room: Room, name: string, work: () => T, detail?: () => string): T {
  if (listeners.size === 0) return work();
  const started = performance.now();
  const end = (): void => {
    const ended: Phase = {
      room,
      name,
      ...(detail === undefined ? {} : { detail: detail() }),
      started: performance.timeOrigin + started,
      duration: performance.now() - started,
    };
    for (const listener of listeners) listener(ended);
  };
  let ended = true;
  try {
    const result = work();
    if (!(result instanceof Promise)) return result;
    ended = false;
    return result.finally(end) as T;
  } finally {
    if (ended) end();
  }
}

/**
 * Writes a line for each phase of the rooms that `INC_DEBUG` names (separated by commas, or `all`) to stderr, or
 * appends it to the file that `INC_DEBUG_FILE` names. An unknown name prints the known ones. For
 * contributors; the lines may change with any version.
 */
export function debugPhases(env: Readonly<Record<string, string | undefined>>): void {
  const wanted = (env["INC_DEBUG"] ?? "").split(",").filter((name) => name !== "");
  if (wanted.length === 0) return;
  const write = writerTo(env["INC_DEBUG_FILE"] ?? "");
  const known: readonly string[] = [...ROOMS, "all"];
  for (const name of wanted)
    if (!known.includes(name)) write(`inc: INC_DEBUG knows no "${name}"; it knows ${known.join(", ")}`);
  followPhases(({ room, name, detail, duration }) => {
    if (!wanted.includes(room) && !wanted.includes("all")) return;
    write(`inc:${room} ${duration.toFixed(1).padStart(7)} ms  ${name}${detail === undefined ? "" : ` ${detail}`}`);
  });
}

/** Writes lines to a file, or to stderr when it has no name. A failed write never fails the command. */
function writerTo(file: string): (line: string) => void {
  let isBroken = false;
  openOutput();
  return (line) => {
    if (file === "") process.stderr.write(`${line}\n`);
    if (file === "" || isBroken) return;
    try {
      appendFileSync(file, `${line}\n`, { mode: 0o600 });
    } catch (error) {
      isBroken = true;
      process.stderr.write(`inc: INC_DEBUG_FILE cannot be written: ${(error as Error).message}\n`);
    }
  };
}
