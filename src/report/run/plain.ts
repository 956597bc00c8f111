import { safeText } from "../../execute/safe-text.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Event, Failure } from "../../model/event.ts";
import { pathName } from "../../model/object-name.ts";
import { printable } from "../../model/printable.ts";
import { type DiagnosticOptions, renderDiagnostic } from "../explain/diagnostic.ts";
import { describeEnding, FAILED } from "../explain/failure.ts";
import { describeReason } from "../explain/reason.ts";
import { paint } from "../text/color.ts";
import { formatDuration } from "../text/duration.ts";
import type { Report } from "./report.ts";
import { serviceLines } from "./service.ts";
import { Streaming, type StreamMode } from "./streaming.ts";
import { renderSummary } from "./summary.ts";

export type OutputLogs = "full" | "new-only" | "errors-only" | "none" | "stream";

export type Ended = Extract<Event, { readonly kind: "task-ended" }>;

/** Lines that a CI system acts on. */
export interface CiLines {
  /** Folds lines below the first one. */
  grouped(title: string, lines: readonly string[]): readonly string[];
  /** Shows a failure, or a diagnostic, where the file is shown. */
  failure(event: Ended, failure: Failure): string;
  diagnostic(diagnostic: Diagnostic): string;
}

export interface PlainOptions extends DiagnosticOptions {
  readonly outputLogs: OutputLogs;
  /** Each command is shown before it runs. */
  readonly verbose?: boolean;
  /** Absent: no CI system reads along. */
  readonly ci?: CiLines;
  readonly stdout: { write(text: string): unknown };
}

const STREAMED: Readonly<Record<OutputLogs, StreamMode>> = {
  stream: "all",
  full: "alone",
  "new-only": "alone",
  "errors-only": "none",
  none: "none",
};

/** Prints a line for each task that is not fresh, and failed tasks in full before the summary. */
export function plainReport(options: PlainOptions): Report {
  const { color, outputLogs, verbose = false, ci } = options;
  const services = { color, output: outputLogs !== "errors-only" && outputLogs !== "none" };
  /** Task → how it failed, unless a later round ended it well. */
  const failed = new Map<string, Ended>();
  const write = (text: string): void => void options.stdout.write(`${text}\n`);
  // What a task prints is folded below the line that says how it ended.
  const mode = ci !== undefined && outputLogs !== "stream" ? "none" : STREAMED[outputLogs];
  const streaming = new Streaming({ mode, verbose, color, print: write });
  const print = (text: string): void => {
    streaming.interrupted();
    write(text);
  };
  const taskEnded = (event: Ended): void => {
    // Output that was shown while the task ran is not shown again.
    const { output: _, ...quiet } = event;
    const ended = streaming.ended(event.task) ? quiet : event;
    noteFailure(failed, ended);
    for (const line of taskLines(ended, options)) print(line);
  };
  return {
    event(event: Event): void {
      streaming.event(event);
      if (event.kind === "diagnostic") {
        print(renderDiagnostic(event.diagnostic, options));
        if (ci !== undefined) print(ci.diagnostic(event.diagnostic));
      }
      if (event.kind === "output-removed") print(removedLine(event));
      if (event.kind === "lock-waiting")
        print(`waiting for process ${event.holder.pid} (${printable(event.holder.command)})`);
      if (event.kind === "task-ended") taskEnded(event);
      for (const line of serviceLines(event, services)) print(line);
      if (event.kind === "run-ended") {
        for (const task of failed.values()) {
          print(frame(task, options));
          if (ci !== undefined) print(ci.failure(task, task.failure as Failure));
        }
        print(renderSummary(event.summary));
      }
    },
    close(): void {
      streaming.close();
    },
  };
}

function removedLine({ path, task, dry }: Extract<Event, { readonly kind: "output-removed" }>): string {
  const word = dry ? "would remove" : "removed ";
  return `${word} ${printable(pathName(path))}  task ${printable(task)} made it, and no task does now`;
}

function taskLines(event: Ended, options: PlainOptions): readonly string[] {
  const { outputLogs, ci } = options;
  const isNew = (outputLogs === "new-only" || outputLogs === "stream") && event.result === "ran";
  const shown = outputLogs === "full" || isNew;
  // The output of a failed task is in its frame.
  const log = shown && event.failure === undefined ? logLines(event, options) : [];
  if (event.result === "fresh") return log.length === 0 ? [] : [`fresh    ${printable(event.task)}`, ...log];
  const word = event.result.padEnd(8);
  const styled = event.result === "failed" ? paint("red", word, options.color) : word;
  const duration = event.duration > 0 ? `  ${formatDuration(event.duration)}` : "";
  const line = `${styled} ${printable(event.task)}${duration}  ${printable(describeReason(event.reason))}`;
  return ci !== undefined && log.length > 0 ? ci.grouped(line, log) : [line, ...log];
}

function logLines(event: Ended, { color }: Pick<PlainOptions, "color">): readonly string[] {
  if (event.output === undefined || event.output.length === 0) return [];
  const text = safeText(event.output, { colours: color }).replace(/\n$/, "");
  return text.split("\n").map((line) => `  ${line}`);
}

/** A task that failed before and was not tried again has no new failure: the earlier one stays. */
export function noteFailure(failures: Map<string, Ended>, event: Ended): void {
  if (event.failure !== undefined) failures.set(event.task, event);
  else if (event.result !== "failed" && event.result !== "skipped") failures.delete(event.task);
}

/** Everything about a failed task. */
export function frame(event: Ended, options: Omit<PlainOptions, "stdout">): string {
  const failure = event.failure as Failure;
  const ending = describeEnding(failure);
  const attempts = failure.attempts > 1 ? [`after ${failure.attempts} attempts`] : [];
  const ended = [...(ending === FAILED ? [] : [ending]), ...attempts].join(", ");
  return [
    paint("red", `── ${printable(event.task)} failed`, options.color),
    ...commandLines(failure.command),
    `  cwd: ${printable(failure.cwd)}`,
    ...(ended === "" ? [] : [`  ended: ${ended}`]),
    ...(options.outputLogs === "none" ? [] : logLines(event, options)),
    ...failure.diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, options)),
    paint("red", "──", options.color),
  ].join("\n");
}

/** The command as it was written, line by line; no lines for a task that did not get that far. */
function commandLines(command: string): readonly string[] {
  if (command === "") return [];
  const [first = "", ...rest] = command.split("\n").map(printable);
  return [`  command: ${first}`, ...rest.map((line) => `           ${line}`)];
}
