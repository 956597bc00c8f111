import { safeText } from "../../execute/log.ts";
import type { Event, Failure } from "../../model/event.ts";
import { type DiagnosticOptions, renderDiagnostic } from "../explain/diagnostic.ts";
import { describeReason } from "../explain/reason.ts";
import { paint } from "../text/color.ts";
import { formatDuration } from "../text/duration.ts";
import { printable } from "../text/printable.ts";
import type { Report } from "./report.ts";
import { serviceLines } from "./service.ts";
import { renderSummary } from "./summary.ts";

export type OutputLogs = "full" | "new-only" | "errors-only" | "none";

export interface PlainOptions extends DiagnosticOptions {
  readonly outputLogs: OutputLogs;
  readonly stdout: { write(text: string): unknown };
}

type Ended = Extract<Event, { readonly kind: "task-ended" }>;

/** A line per task that is not fresh; failed tasks are framed whole before the summary. */
export function plainReport(options: PlainOptions): Report {
  const { color, outputLogs } = options;
  const services = { color, output: outputLogs === "full" || outputLogs === "new-only" };
  const failed: Ended[] = [];
  const print = (text: string): void => void options.stdout.write(`${text}\n`);
  return {
    event(event: Event): void {
      if (event.kind === "diagnostic") print(renderDiagnostic(event.diagnostic, options));
      if (event.kind === "lock-waiting")
        print(`waiting for process ${event.holder.pid} (${printable(event.holder.command)})`);
      if (event.kind === "task-ended") {
        if (event.failure !== undefined) failed.push(event);
        for (const line of taskLines(event, options)) print(line);
      }
      for (const line of serviceLines(event, services)) print(line);
      if (event.kind === "run-ended") {
        for (const task of failed) print(frame(task, options));
        print(renderSummary(event.summary));
      }
    },
    close(): void {},
  };
}

function taskLines(event: Ended, options: PlainOptions): readonly string[] {
  const shown = options.outputLogs === "full" || (options.outputLogs === "new-only" && event.result === "ran");
  // What a failed task printed stands in its frame.
  const log = shown && event.failure === undefined ? logLines(event, options) : [];
  if (event.result === "fresh") return log.length === 0 ? [] : [`fresh    ${printable(event.task)}`, ...log];
  const word = event.result.padEnd(8);
  const styled = event.result === "failed" ? paint("red", word, options.color) : word;
  const duration = event.duration > 0 ? `  ${formatDuration(event.duration)}` : "";
  return [`${styled} ${printable(event.task)}${duration}  ${printable(describeReason(event.reason))}`, ...log];
}

function logLines(event: Ended, { color }: Pick<PlainOptions, "color">): readonly string[] {
  if (event.output === undefined || event.output.length === 0) return [];
  const text = safeText(event.output, { colours: color }).replace(/\n$/, "");
  return text.split("\n").map((line) => `  ${line}`);
}

/** All there is to say of a task that failed. */
export function frame(event: Ended, options: Omit<PlainOptions, "stdout">): string {
  const failure = event.failure as Failure;
  const attempts = failure.attempts > 1 ? `, after ${failure.attempts} attempts` : "";
  return [
    paint("red", `── ${printable(event.task)} failed`, options.color),
    ...commandLines(failure.command),
    `  cwd: ${printable(failure.cwd)}`,
    `  ended: ${ending(failure)}${attempts}`,
    ...(options.outputLogs === "none" ? [] : logLines(event, options)),
    ...failure.diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, options)),
    paint("red", "──", options.color),
  ].join("\n");
}

/** As it was written, with its own lines; none for a task that did not get that far. */
function commandLines(command: string): readonly string[] {
  if (command === "") return [];
  const [first = "", ...rest] = command.split("\n").map(printable);
  return [`  command: ${first}`, ...rest.map((line) => `           ${line}`)];
}

function ending({ outcome, exit, signal }: Failure): string {
  if (outcome === "timeout") return "timeout";
  if (signal !== undefined) return `signal ${signal}`;
  return exit === undefined ? "not started" : `exit code ${exit}`;
}
