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
 * a row for inc's own work. Throws a DiagnosticError, at once, when the file cannot be written.
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
      const events = [...phases.map((phase) => phaseEvent(phase, attempts.origin)), ...attempts.events];
      // Phases before the run, such as loading the graph, are left of its origin, and viewers take no times below 0.
      const early = Math.min(0, ...events.slice(0, 1).map(({ ts }) => ts));
      const shifted = events.map((event) => ({ ...event, ts: event.ts - early }));
      writeReportFile(
        file,
        `${JSON.stringify({ traceEvents: [...attempts.names(), ...shifted], displayTimeUnit: "ms" })}\n`,
      );
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
    if (event.kind === "run-started") this.origin = event.time;
    if (event.kind === "task-decided") this.#reasons.set(event.task, describeReason(event.decision.reason));
    if (event.kind === "attempt-started") this.#started(event);
    if (event.kind === "attempt-ended") this.#ended(event);
  }

  /** Names the rows of the job slots. */
  names(): readonly TraceEvent[] {
    const common = { name: "thread_name", ph: "M", ts: 0, pid: 1 } as const;
    return this.#slots.map((_, i) => ({ ...common, tid: i + 1, args: { name: `job ${i + 1}` } }));
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

function phaseEvent({ room, name, detail, started, duration }: Phase, origin: number): TraceEvent {
  const ts = microseconds(started, origin);
  return { name, ph: "X", ts, dur: duration * 1000, pid: 1, tid: 0, args: { room, detail } };
}

function microseconds(time: number, origin: number): number {
  return (time - origin) * 1000;
}
