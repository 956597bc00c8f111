import { Args, Command } from "@oclif/core";
import { MANIFEST_FLAGS } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { withPipeline } from "../cli/with-pipeline.ts";
import { describeChanges } from "../report/explain/changes.ts";
import { describeReason } from "../report/explain/reason.ts";
import { wantsColor } from "../report/text/color.ts";
import { formatDuration } from "../report/text/duration.ts";
import { localTime } from "../report/text/time.ts";
import { type Explanation, explainTask, inspect } from "../run/inspect.ts";

export default class Why extends Command {
  static override summary = "Explain why a task would run, or why it last ran";
  static override description =
    "Compares the task with its nearest earlier attempt: changed files with old and new digest, variables, lines of the command, and where upstream the change began.";
  static override usage = "why [MANIFEST] TASK [FLAGS]";
  static override examples = ["<%= config.bin %> why report", "<%= config.bin %> why 'clean[eu.csv]'"];
  static override strict = false;
  static override args = { task: Args.string({ description: "Task", required: true }) };
  static override flags = MANIFEST_FLAGS;

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Why);
    return withPipeline({ positionals: argv as string[], params: flags.param }, async (loaded, options) => {
      const statuses = await inspect(loaded, options);
      if (!statuses.ok) return statuses;
      const explanations = [...loaded.named].map((task) => explainTask(loaded, statuses.value, task));
      if (flags.json) printJson(explanations);
      else for (const line of explanations.flatMap(explanationLines)) print(line);
      return { ok: true, value: 0 };
    });
  }
}

function explanationLines({ status, chain, latest, before, above = [] }: Explanation): string[] {
  const color = wantsColor(process.env, process.stdout);
  const root = chain.at(-1) ?? status;
  const isService = status.reason.kind === "service";
  const how = isService
    ? "a service, started when something needs it"
    : `${status.result}, ${describeReason(status.reason)}`;
  const lines = [`${status.task}: ${how}`];
  for (const problem of status.problems) lines.push(`  ${problem}`);
  for (const above of chain.slice(1))
    lines.push(`  because ${above.task}: ${above.result}, ${describeReason(above.reason)}`);
  if (root.reason.kind === "changed")
    lines.push(...describeChanges(root.reason.changes, { color }).map((line) => `    ${line}`));
  if (latest === undefined) return lines;
  const when = localTime(latest.started);
  lines.push(
    `  last attempt: ${when}, ${latest.outcome}, ${formatDuration(latest.duration)}, ${describeReason(latest.reason)}`,
  );
  if (status.result !== "fresh" || before === undefined) return lines;
  lines.push(...describeChanges(before, { color }).map((line) => `    ${line}`));
  for (const { task, changes } of above) {
    lines.push(`  because of ${task}:`);
    lines.push(...describeChanges(changes, { color }).map((line) => `    ${line}`));
  }
  return lines;
}
