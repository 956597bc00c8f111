import { Args, Command } from "@oclif/core";
import { MANIFEST_FLAGS } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { announce } from "../cli/with-pipeline.ts";
import { type Taking, withResults } from "../cli/with-results.ts";
import type { Event } from "../model/event.ts";
import type { Result } from "../model/result.ts";
import { AcceptReport } from "../report/run/accept.ts";
import { wantsColor } from "../report/text/color.ts";
import { runLoaded } from "../run/run.ts";

export default class Accept extends Command {
  static override summary = "Let the result of a task count for its inputs as they are now, and run nothing";
  static override description =
    "For a change that you know to make no difference, such as a helper that only logs: what the tasks made last counts for what they are made of now. What they depend on has to be fresh. inc why and inc lineage say that a result was accepted; it is never uploaded to a shared cache. inc run --force TASK takes it back. Exits with 1 if a task was left as it is.";
  static override usage = "accept [MANIFEST] TASK... [FLAGS]";
  static override examples = ["<%= config.bin %> accept clean", "<%= config.bin %> accept 'clean[eu.csv]'"];
  static override strict = false;
  static override args = { task: Args.string({ description: "Task" }) };
  static override flags = MANIFEST_FLAGS;

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Accept);
    return withResults({ positionals: argv as string[], params: flags.param }, (taking) => accept(taking, flags.json));
  }
}

/** Tasks have to be named: without names, `inc accept` would accept all results of the manifest's default tasks at once. */
function unnamed() {
  return {
    code: "INC1003",
    severity: "error",
    message: "accept takes tasks",
    help: ["inc accept clean; inc status shows what would run, and inc why clean the reason"],
  } as const;
}

async function accept({ loaded, journal, options }: Taking, json: boolean): Promise<Result<number>> {
  if (options.tasks.length === 0) return { ok: false, diagnostics: [unnamed()] };
  const report = new AcceptReport();
  const emit = (event: Event): void => {
    announce(event);
    report.note(event);
  };
  const accepting = { ...options, onRound: report.noteRound, onAccepted: report.noteAccepted };
  const ran = await runLoaded(loaded, journal, accepting, emit);
  if (!ran.ok) return ran;
  if (json) printJson(report.summary);
  else for (const line of report.lines(wantsColor(process.env, process.stdout))) print(line);
  return { ok: true, value: ran.value.exit === 130 ? 130 : report.summary.left.length > 0 ? 1 : 0 };
}
