import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import { safeText } from "../../execute/safe-text.ts";
import { type Failure, type Summary, singly, type TaskResult } from "../../model/event.ts";
import type { Graph } from "../../model/graph.ts";
import { printable } from "../../model/printable.ts";
import { describeEnding } from "../explain/failure.ts";
import { describeReason } from "../explain/reason.ts";
import { mermaid } from "../graph.ts";
import type { Ended } from "../run/plain.ts";
import type { Report } from "../run/report.ts";
import { renderSummary } from "../run/summary.ts";
import { formatDuration } from "../text/duration.ts";

/** A graph of more tasks is not drawn: it would be too small to read in a column of a page. */
const DRAWN_TASKS = 50;
/** GitHub shows no summary of more than 1 MiB. */
const SHOWN_ROWS = 200;
const SHOWN_FAILURES = 20;
/** The end of what a failed task printed, in bytes. */
const SHOWN_LOG = 16 * 1024;

const STYLES: Readonly<Record<string, string>> = {
  ran: "fill:#e3f2fd,stroke:#1565c0,color:#0d2b45",
  restored: "fill:#e8f5e9,stroke:#2e7d32,color:#102d13",
  fresh: "fill:#f5f5f5,stroke:#9e9e9e,color:#333333",
  failed: "fill:#ffebee,stroke:#c62828,color:#4a0d0d",
  skipped: "fill:#fff8e1,stroke:#f9a825,color:#4a3503",
};

/** What the summary of a job is written from. */
export interface JobSummaryOptions {
  /** The file that GitHub Actions names in GITHUB_STEP_SUMMARY; it may hold the summaries of earlier commands. */
  readonly path: string;
  /** Absolute; paths are shown relative to it. */
  readonly root: string;
  /** The graph of the latest round. */
  graph(): Graph | undefined;
}

/** Appends a summary of the run to that of the job, in Markdown: what ran and why, what came from the cache, failures, a graph. */
export function jobSummaryReport(options: JobSummaryOptions): Report {
  /** Task → how it ended. A later round may end it in another way: that one counts. */
  const ended = new Map<string, Ended>();
  let manifest = "";
  let summary: Summary | undefined;
  return {
    event(event) {
      if (event.kind === "run-started") manifest = event.manifest;
      for (const single of singly(event)) if (single.kind === "task-ended") ended.set(single.task, single);
      if (event.kind === "run-ended") summary = event.summary;
    },
    close() {
      if (summary === undefined) return;
      const text = render({ ...options, ended: [...ended.values()], manifest, summary });
      try {
        appendFileSync(options.path, text);
      } catch (error) {
        // A summary must not fail a job that did its work.
        process.stderr.write(
          `the summary of the job cannot be written to "${options.path}": ${(error as Error).message}\n`,
        );
      }
    },
  };
}

interface Contents extends JobSummaryOptions {
  readonly ended: readonly Ended[];
  readonly manifest: string;
  readonly summary: Summary;
}

function render(contents: Contents): string {
  const { ended, manifest, summary, graph } = contents;
  const failed = ended.filter(({ failure }) => failure !== undefined);
  const worked = ended.filter(({ result }) => result !== "fresh" && result !== "restored");
  const restored = ended.filter(({ result }) => result === "restored");
  return [
    `### inc: \`${manifest}\``,
    `${summary.exit === 0 ? "✅" : "❌"} ${renderSummary(summary)}`,
    ...table("What did not come from the cache, and why", [
      ...failed,
      ...worked.filter(({ failure }) => failure === undefined),
    ]),
    ...table("Restored from the cache", restored),
    ...failed.slice(0, SHOWN_FAILURES).map((event) => details(event, event.failure as Failure, contents.root)),
    ...drawing(graph(), ended),
    "",
  ].join("\n\n");
}

function table(title: string, ended: readonly Ended[]): readonly string[] {
  if (ended.length === 0) return [];
  const rows = ended.slice(0, SHOWN_ROWS).map(({ task, result, duration, saved, reason }) => {
    const time =
      result === "restored" ? `saved ${formatDuration(saved)}` : duration > 0 ? formatDuration(duration) : "";
    return `| ${cell(task)} | ${result} | ${time} | ${cell(describeReason(reason))} |`;
  });
  const more = ended.length > rows.length ? `\n\n… and ${ended.length - rows.length} more` : "";
  const body = ["| task | result | time | why |", "| --- | --- | --- | --- |", ...rows].join("\n");
  return [
    folded(`${title}: ${ended.length} ${ended.length === 1 ? "task" : "tasks"}`, `${body}${more}`, rows.length <= 20),
  ];
}

function details(event: Ended, failure: Failure, root: string): string {
  const { file, line } = failure.location;
  const log = event.output === undefined ? "" : safeText(event.output.subarray(-SHOWN_LOG), { colours: false });
  const lines = [
    `${relative(root, file)}:${line}`,
    ...(failure.command === "" ? [] : [`$ ${failure.command}`]),
    ...failure.diagnostics.map(({ code, message }) => `${code}: ${message}`),
    ...(log === "" ? [] : [log.replace(/\n$/, "")]),
  ].join("\n");
  return folded(`${event.task} failed: ${describeEnding(failure)}`, fenced(lines), true);
}

/** A block of code. Its fence is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

function folded(title: string, body: string, open: boolean): string {
  return `<details${open ? " open" : ""}><summary>${html(printable(title))}</summary>\n\n${body}\n\n</details>`;
}

function drawing(graph: Graph | undefined, ended: readonly Ended[]): readonly string[] {
  const results = new Map(ended.map(({ task, result }) => [task, result]));
  const tasks = graph?.tasks.filter(({ id }) => results.has(id)) ?? [];
  if (tasks.length === 0 || tasks.length > DRAWN_TASKS) return [];
  const styleOf = (id: string): string => style(results.get(id) as TaskResult);
  const styles = [...new Set(tasks.map(({ id }) => styleOf(id)))].map((name) => `  classDef ${name} ${STYLES[name]}`);
  return [fenced([mermaid(tasks, styleOf), ...styles].join("\n")).replace("text", "mermaid")];
}

function style(result: TaskResult): string {
  if (result === "would-run") return "ran";
  if (result === "would-restore") return "restored";
  return result === "cancelled" ? "skipped" : result;
}

/** Text in a cell of a table: nothing in it is Markdown. */
function cell(text: string): string {
  return `<code>${html(printable(text)).replaceAll("|", "&#124;")}</code>`;
}

function html(text: string): string {
  return text.replace(/[&<>`*_[\]\\]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
