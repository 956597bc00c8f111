import { Args, Command, Flags } from "@oclif/core";
import type { Loaded } from "../access/pipeline.ts";
import { exposedPassword, NO_REMOTE, noRemote, remoteAddress } from "../access/remote-address.ts";
import { printDiagnostics } from "../cli/diagnostics.ts";
import { MANIFEST_FLAGS } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { withPipeline } from "../cli/with-pipeline.ts";
import { askRemote } from "../cli/with-remote.ts";
import type { AttemptRecord } from "../model/entry.ts";
import type { Result } from "../model/result.ts";
import { describeChanges } from "../report/explain/changes.ts";
import { describeElements } from "../report/explain/elements.ts";
import { describeReason } from "../report/explain/reason.ts";
import { sharedLines } from "../report/explain/shared.ts";
import { madeBy } from "../report/lineage/lines.ts";
import { wantsColor } from "../report/text/color.ts";
import { formatDuration } from "../report/text/duration.ts";
import { localTime } from "../report/text/time.ts";
import { type Explanation, explainTask, inspect } from "../run/inspect.ts";
import type { Present } from "../run/session/options.ts";
import { explainShared, type SharedExplanation } from "../run/shared-explanation.ts";

export default class Why extends Command {
  static override summary = "Explain why a task would run, or why it last ran";
  static override description =
    "Compares the task with its nearest earlier attempt: changed files with old and new digest, variables, lines of the command, and where upstream the change began.";
  static override usage = "why [MANIFEST] TASK [FLAGS]";
  static override examples = [
    "<%= config.bin %> why report",
    "<%= config.bin %> why 'clean[eu.csv]'",
    "<%= config.bin %> why test --remote",
  ];
  static override strict = false;
  static override args = { task: Args.string({ description: "Task", required: true }) };
  static override flags = {
    ...MANIFEST_FLAGS,
    remote: Flags.string({
      description:
        "Compare with the nearest result in the shared cache, too (without URL: that of INC_REMOTE, then of the manifest's config)",
      helpValue: "[URL]",
    }),
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Why, withBareRemote(this.argv));
    const { remote } = flags;
    return withPipeline(
      { positionals: argv as string[], params: flags.param, looks: true },
      async (loaded, options) => {
        const presents = new Map<string, Present>();
        const onAssessed = (task: string, present: Present): void => void presents.set(task, present);
        const statuses = await inspect(loaded, remote === undefined ? options : { ...options, onAssessed });
        if (!statuses.ok) return statuses;
        const explanations = [...loaded.named].map((task) => explainTask(loaded, statuses.value, task));
        if (remote !== undefined) return compareShared(loaded, { remote, json: flags.json, explanations, presents });
        if (flags.json) printJson(explanations);
        else for (const line of explanations.flatMap(explanationLines)) print(line);
        return { ok: true, value: 0 };
      },
    );
  }
}

/** `--remote` may stand alone, as its URL has a default. */
function withBareRemote(argv: readonly string[]): string[] {
  return argv.map((word, i) =>
    word === "--remote" && argv[i + 1]?.includes("://") !== true && argv[i + 1] !== NO_REMOTE ? "--remote=" : word,
  );
}

interface Comparison {
  readonly remote: string;
  readonly json: boolean;
  readonly explanations: readonly Explanation[];
  readonly presents: ReadonlyMap<string, Present>;
}

/** Prints the explanations with what a shared cache adds to them. */
async function compareShared(loaded: Loaded, comparison: Comparison): Promise<Result<number>> {
  const { remote, json, explanations, presents } = comparison;
  const address = remoteAddress(remote, loaded.graph.config.remote);
  if (address === undefined) return { ok: false, diagnostics: [noRemote()] };
  printDiagnostics(exposedPassword(remote));
  const request = { address, config: loaded.graph.config.remote ?? {} };
  const code = await askRemote(request, "without --remote, inc why says what is known here", async (place, signal) => {
    const compared: (Explanation & { readonly shared: SharedExplanation })[] = [];
    for (const explanation of explanations)
      compared.push({ ...explanation, shared: await explainShared({ loaded, presents, place, signal }, explanation) });
    if (json) printJson(compared);
    const color = wantsColor(process.env, process.stdout);
    if (!json)
      for (const each of compared)
        for (const line of [...explanationLines(each), ...sharedLines(each.shared, { color })]) print(line);
    return { ok: true, value: 0 };
  });
  return { ok: true, value: code };
}

function explanationLines({ status, chain, maker, latest, before, elements = [], above = [] }: Explanation): string[] {
  const color = wantsColor(process.env, process.stdout);
  const root = chain.at(-1) ?? status;
  const isService = status.reason.kind === "service";
  const how = isService
    ? "a service, started when something needs it"
    : `${status.result}, ${describeReason(status.reason)}`;
  const lines = [`${status.task}: ${how}`];
  for (const problem of status.problems) lines.push(`  ${problem}`);
  if (maker !== undefined)
    lines.push(`  its element may be another: ${maker.task}: ${maker.result}, ${describeReason(maker.reason)}`);
  for (const above of chain.slice(1))
    lines.push(`  because ${above.task}: ${above.result}, ${describeReason(above.reason)}`);
  if (root.reason.kind === "changed")
    lines.push(...describeChanges(root.reason.changes, { color }).map((line) => `    ${line}`));
  const elementLines = describeElements(elements, { color }).map((line) => `    ${line}`);
  if (status.result !== "fresh") lines.push(...elementLines);
  if (latest === undefined) return lines;
  lines.push(`  ${latestLine(latest)}`);
  if (status.result !== "fresh" || before === undefined) return lines;
  lines.push(...describeChanges(before, { color }).map((line) => `    ${line}`), ...elementLines);
  for (const { task, changes } of above) {
    lines.push(`  because of ${task}:`);
    lines.push(...describeChanges(changes, { color }).map((line) => `    ${line}`));
  }
  return lines;
}

function latestLine({ started, outcome, duration, reason, accepted, origin }: AttemptRecord): string {
  const when = localTime(started);
  if (accepted !== undefined) return `accepted with inc accept: ${when}, though ${describeReason(reason)}`;
  const attempt = `${when}, ${outcome}, ${formatDuration(duration)}`;
  // Why another machine ran the task says nothing of what is here.
  if (origin !== undefined) return `taken from the shared cache: ${attempt}, made by ${madeBy(origin)}`;
  return `last attempt: ${attempt}, ${describeReason(reason)}`;
}
