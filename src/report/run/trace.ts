import { followPhases, type Phase } from "../../host/phases.ts";
import type { Event } from "../../model/event.ts";
import { describeReason } from "../explain/reason.ts";
import type { Report } from "./report.ts";
import { beginReportFile, writeReportFile } from "./report-file.ts";

/** An entry of the Trace Event Format of Chrome; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: "X" | "C" | "M";
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * Writes a trace of the run to a file when it is closed, for chrome://tracing, Perfetto or speedscope: a row for each
 * job slot, an event for each attempt with its outcome and the reason why it ran, a counter of running attempts, and
 * rows for inc's own work. Throws a DiagnosticError, at once, when the file cannot be written.
 */
export function traceReport(path: string): Report {
  const file = { flag: "--profile", what: "trace", path, beginning: '{"traceEvents":' };
  beginReportFile(file);
  const attempts = new AttemptTrace();
  const phases: Phase[] = [];
  // Commands have their place in the trace: beside them stand only phases of inc itself.
  const unfollow = followPhases((phase) => {
    if (phase.room !== "execute") phases.push(phase);
  });
  return {
    event: (event) => attempts.event(event),
    close() {
      unfollow();
      const own = phaseEvents(phases, attempts);
      const events = [...own, ...attempts.events];
      // Phases before the run, such as loading the graph, are left of its origin, and viewers take no times below 0.
      const early = events.reduce((least, { ts }) => Math.min(least, ts), 0);
      const shifted = events.map((event) => ({ ...event, ts: event.ts - early }));
      const jobs = attempts.rows.map((row) => rowName(row, `job ${row}`));
      const names = [...jobs, ...[...new Set(own.map(({ tid }) => tid))].map((row) => rowName(row, "inc"))];
      writeReportFile(file, `${JSON.stringify({ traceEvents: [...names, ...shifted], displayTimeUnit: "ms" })}\n`);
    },
  };
}

/** The attempts of a run, each in the first job slot that is free when it starts. */
class AttemptTrace {
  readonly events: TraceEvent[] = [];
  /** The time that the trace counts from, in milliseconds since the epoch. */
  origin = 0;
  readonly #slots: (string | undefined)[] = [];
  readonly #running = new Map<string, { readonly slot: number; readonly start: number; readonly command: string }>();
  readonly #reasons = new Map<string, string>();

  event(event: Event): void {
    // A run whose graph changes meanwhile begins again.
    if (event.kind === "run-started" && this.origin === 0) this.origin = event.time;
    if (event.kind === "task-decided") this.#reasons.set(event.task, describeReason(event.decision.reason));
    if (event.kind === "attempt-started") this.#started(event);
    if (event.kind === "attempt-ended") this.#ended(event);
  }

  /** The rows of the job slots. */
  get rows(): readonly number[] {
    return this.#slots.map((_, i) => i + 1);
  }

  #started({ task, time, command }: Extract<Event, { readonly kind: "attempt-started" }>): void {
    const free = this.#slots.indexOf(undefined);
    const slot = free < 0 ? this.#slots.length : free;
    this.#slots[slot] = task;
    this.#running.set(task, { slot, start: time, command });
    this.#count(time);
  }

  #ended({ task, outcome, attempt, time }: Extract<Event, { readonly kind: "attempt-ended" }>): void {
    const begun = this.#running.get(task);
    if (begun === undefined) return;
    this.#running.delete(task);
    this.#slots[begun.slot] = undefined;
    const args = { outcome, attempt, reason: this.#reasons.get(task), command: begun.command };
    const dur = (time - begun.start) * 1000;
    const ts = microseconds(begun.start, this.origin);
    this.events.push({ name: task, ph: "X", ts, dur, pid: 1, tid: begun.slot + 1, args });
    this.#count(time);
  }

  #count(time: number): void {
    const ts = microseconds(time, this.origin);
    this.events.push({ name: "running", ph: "C", ts, pid: 1, tid: 0, args: { tasks: this.#running.size } });
  }
}

/** The phases, in the first row and, where they overlap, in rows after those of the jobs. */
function phaseEvents(phases: readonly Phase[], { origin, rows: { length: jobs } }: AttemptTrace): TraceEvent[] {
  // Of a run that never started, times count from the start of the process.
  const begun = origin === 0 ? 0 : microseconds(performance.timeOrigin, origin);
  return inRows(phases).map(([{ room, name, detail, started, duration }, row]) => {
    const ts = begun + started * 1000;
    return { name, ph: "X", ts, dur: duration * 1000, pid: 1, tid: row === 0 ? 0 : jobs + row, args: { room, detail } };
  });
}

/** Gives each phase the first row in which it overlaps none, unless one contains the other: viewers drop it otherwise. */
function inRows(phases: readonly Phase[]): (readonly [Phase, number])[] {
  // For each row, when the phases end that contain the current time, the innermost last.
  const rows: number[][] = [];
  return phases
    .toSorted((a, b) => a.started - b.started || b.duration - a.duration)
    .map((phase) => {
      const end = phase.started + phase.duration;
      for (const ends of rows) while ((ends.at(-1) ?? Infinity) <= phase.started) ends.pop();
      const free = rows.findIndex((ends) => end <= (ends.at(-1) ?? Infinity));
      const row = free < 0 ? rows.push([]) - 1 : free;
      rows[row]?.push(end);
      return [phase, row];
    });
}

/** Names a row. */
function rowName(tid: number, name: string): TraceEvent {
  return { name: "thread_name", ph: "M", ts: 0, pid: 1, tid, args: { name } };
}

function microseconds(time: number, origin: number): number {
  return (time - origin) * 1000;
}
