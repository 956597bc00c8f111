import { readFileSync, statSync, writeFileSync } from "node:fs";
import { followPhases, type Phase } from "../../host/phases.ts";
import { DiagnosticError } from "../../model/diagnostic.ts";
import type { Event } from "../../model/event.ts";
import { describeReason } from "../explain/reason.ts";
import type { Report } from "./report.ts";

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
 * Writes a trace of the run to a file when it is closed, for chrome://tracing, Perfetto or speedscope: a row for each job
 * slot, an event for each attempt with how it ended and why it ran, a counter of what runs, and a row for inc's own work. Throws a DiagnosticError,
 * at once, when the file cannot be written.
 */
export function traceReport(path: string): Report {
  refuseOther(path);
  write(path, "");
  const events: TraceEvent[] = [];
  const slots: (string | undefined)[] = [];
  const running = new Map<string, { readonly slot: number; readonly start: number; readonly command: string }>();
  const reasons = new Map<string, string>();
  const phases: Phase[] = [];
  const unfollow = followPhases((phase) => phases.push(phase));
  let origin = 0;
  const at = (time: number): number => (time - origin) * 1000;
  const count = (time: number): void => {
    events.push({ name: "running", ph: "C", ts: at(time), pid: 1, tid: 0, args: { tasks: running.size } });
  };
  return {
    event(event: Event) {
      if (event.kind === "run-started") origin = event.time;
      if (event.kind === "task-decided") reasons.set(event.task, describeReason(event.decision.reason));
      if (event.kind === "attempt-started") {
        const free = slots.indexOf(undefined);
        const slot = free < 0 ? slots.length : free;
        slots[slot] = event.task;
        running.set(event.task, { slot, start: event.time, command: event.command });
        count(event.time);
      }
      if (event.kind !== "attempt-ended") return;
      const begun = running.get(event.task);
      if (begun === undefined) return;
      running.delete(event.task);
      slots[begun.slot] = undefined;
      const args = {
        outcome: event.outcome,
        attempt: event.attempt,
        reason: reasons.get(event.task),
        command: begun.command,
      };
      const dur = (event.time - begun.start) * 1000;
      events.push({ name: event.task, ph: "X", ts: at(begun.start), dur, pid: 1, tid: begun.slot + 1, args });
      count(event.time);
    },
    close() {
      unfollow();
      // What was done before the run began, as loading the graph, stands left of its origin: viewers take no times below 0.
      const early = Math.min(0, ...phases.slice(0, 1).map(({ started }) => at(started)));
      const inner = phases.map(
        ({ room, name, detail, started, duration }): TraceEvent => ({
          name,
          ph: "X",
          ts: at(started),
          dur: duration * 1000,
          pid: 1,
          tid: 0,
          args: { room, detail },
        }),
      );
      const names = slots.map(
        (_, i): TraceEvent => ({
          name: "thread_name",
          ph: "M",
          ts: 0,
          pid: 1,
          tid: i + 1,
          args: { name: `job ${i + 1}` },
        }),
      );
      const shifted = [...inner, ...events].map((event) => ({ ...event, ts: event.ts - early }));
      write(path, `${JSON.stringify({ traceEvents: [...names, ...shifted], displayTimeUnit: "ms" })}\n`);
    },
  };
}

/** An earlier trace is replaced, and no other file: it would be somebody's. */
function refuseOther(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  const text = readFileSync(path, "utf8");
  if (text === "" || text.startsWith('{"traceEvents":')) return;
  throw new DiagnosticError({
    code: "INC1004",
    severity: "error",
    message: `"${path}" is there already, and is no trace`,
    help: ["give --profile another path, or remove that file first"],
  });
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new DiagnosticError({
      code: "INC1005",
      severity: "error",
      message: `the trace cannot be written to "${path}"`,
      notes: [{ message: (error as Error).message }],
      help: ["give --profile the path of a file in a directory that is there and may be written"],
    });
  }
}
