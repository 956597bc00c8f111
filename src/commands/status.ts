import { Command } from "@oclif/core";
import { inspect, latestRun } from "../engine/inspect.ts";
import { describeReason } from "../report/reason.ts";
import { MANIFEST_FLAGS } from "./flags.ts";
import { withPipeline } from "./pipeline.ts";
import { print, printJson } from "./print.ts";

export default class Status extends Command {
  static override summary = "Show which tasks are fresh and which are not, and why";
  static override usage = "status [MANIFEST] [TASK...] [FLAGS]";
  static override examples = ["<%= config.bin %> status", "<%= config.bin %> status --json"];
  static override strict = false;
  static override flags = MANIFEST_FLAGS;

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Status);
    return withPipeline({ positionals: argv as string[], params: flags.param }, async (loaded, options) => {
      const standings = await inspect(loaded, options);
      if (!standings.ok) return standings;
      const latest = latestRun(loaded);
      if (flags.json) {
        printJson({ tasks: standings.value, latestRun: latest ?? null });
        return { ok: true, value: 0 };
      }
      const notFresh = standings.value.filter(({ result }) => result !== "fresh");
      for (const { task, result, reason, problems } of notFresh)
        print(`${result.padEnd(13)} ${task}  ${problems[0] ?? describeReason(reason)}`);
      print(`${standings.value.length - notFresh.length} of ${standings.value.length} fresh`);
      if (latest !== undefined)
        print(
          `last run: ${new Date(latest.started).toISOString()}, exit ${latest.exit ?? "?"}, ${latest.argv.join(" ")}`,
        );
      return { ok: true, value: 0 };
    });
  }
}
