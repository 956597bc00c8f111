import { safeText } from "../../execute/safe-text.ts";
import { type Failure, type Summary, singly } from "../../model/event.ts";
import { describeEnding } from "../explain/failure.ts";
import { describeReason } from "../explain/reason.ts";
import type { Ended } from "../run/plain.ts";
import type { Report } from "../run/report.ts";
import { beginReportFile, writeReportFile } from "../run/report-file.ts";

/** What XML 1.0 cannot hold, not even escaped. */
const UNREPRESENTABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
};
/** How much of a task's output is in the file, in bytes. */
const LOG_LIMIT = 64 * 1024;

/**
 * Writes the results of a run to a file in the format of JUnit when it is closed, as CI systems read it: a test case for each
 * task. A task that did not have to run has passed. Throws a DiagnosticError, at once, when the file cannot be written.
 */
export function junitReport(path: string): Report {
  const file = { flag: "--junit", what: "JUnit report", path, beginning: "<?xml" };
  beginReportFile(file);
  /** Task → its case. A later round may end a task in another way: that one counts. */
  const cases = new Map<string, string>();
  let manifest = "";
  let started = 0;
  let summary: Summary | undefined;
  return {
    event(event) {
      if (event.kind === "run-started") ({ manifest, time: started } = event);
      for (const single of singly(event))
        if (single.kind === "task-ended") cases.set(single.task, testCase(single, manifest));
      if (event.kind === "run-ended") summary = event.summary;
    },
    close: () => writeReportFile(file, document({ manifest, started, summary, cases: [...cases.values()] })),
  };
}

interface Suite {
  readonly manifest: string;
  readonly started: number;
  /** Undefined: the run could not begin. */
  readonly summary: Summary | undefined;
  readonly cases: readonly string[];
}

function document({ manifest, started, summary, cases }: Suite): string {
  const counts = attributes({
    name: manifest,
    tests: cases.length,
    failures: summary?.failed ?? 0,
    skipped: (summary?.skipped ?? 0) + (summary?.cancelled ?? 0),
    time: seconds(summary?.duration ?? 0),
    timestamp: new Date(started).toISOString(),
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites>`,
    `<testsuite${counts}>`,
    ...cases,
    "</testsuite>",
    "</testsuites>\n",
  ].join("\n");
}

function testCase(event: Ended, manifest: string): string {
  const { task, result, reason, duration, failure } = event;
  const why = describeReason(reason);
  const inside = [
    `<properties><property${attributes({ name: "result", value: result })}/><property${attributes({ name: "reason", value: why })}/></properties>`,
    ...(failure === undefined ? [] : [failed(failure)]),
    ...(result === "skipped" || result === "cancelled" ? [`<skipped${attributes({ message: why })}/>`] : []),
    ...printed(event),
  ];
  return `<testcase${attributes({ name: task, classname: manifest, time: seconds(duration) })}>${inside.join("")}</testcase>`;
}

function failed(failure: Failure): string {
  const { command, cwd, location, diagnostics } = failure;
  const [first] = diagnostics;
  const message = first === undefined ? describeEnding(failure) : `${describeEnding(failure)}: ${first.message}`;
  const text = [
    `${location.file}:${location.line}`,
    ...(command === "" ? [] : [`command: ${command}`]),
    `cwd: ${cwd}`,
    ...diagnostics.map((diagnostic) => `${diagnostic.code}: ${diagnostic.message}`),
  ].join("\n");
  return `<failure${attributes({ message, type: failure.outcome })}>${escaped(text)}</failure>`;
}

function printed({ output }: Ended): readonly string[] {
  if (output === undefined) return [];
  return [`<system-out>${escaped(safeText(output, { colours: false, limit: LOG_LIMIT }))}</system-out>`];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replace(/[\n"]/g, (mark) => ESCAPES[mark] as string)}"`)
    .join("");
}

function escaped(text: string): string {
  return text.replace(UNREPRESENTABLE, "\ufffd").replace(/[&<>]/g, (mark) => ESCAPES[mark] as string);
}

/** Of milliseconds. */
function seconds(duration: number): string {
  return (duration / 1000).toFixed(3);
}
