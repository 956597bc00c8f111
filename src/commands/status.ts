import { Command, Flags } from "@oclif/core";
import { inspect, latestRun } from "../engine/inspect.ts";
import { type StaleCause, staleCauses } from "../engine/stale-causes.ts";
import { printable } from "../report/printable.ts";
import { describeReason } from "../report/reason.ts";
import { MANIFEST_FLAGS } from "./flags.ts";
import { withPipeline } from "./pipeline.ts";
import { print, printJson } from "./print.ts";

export default class Status extends Command {
  static override summary = "Show which tasks are fresh and which are not, and why";
  static override usage = "status [MANIFEST] [TASK...] [FLAGS]";
  static override examples = [
    "<%= config.bin %> status",
    "<%= config.bin %> status --stale",
    "<%= config.bin %> status --json",
  ];
  static override strict = false;
  static override flags = {
    ...MANIFEST_FLAGS,
    stale: Flags.boolean({ description: "By cause: what each new version made stale, also through others, and why" }),
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Status);
    return withPipeline({ positionals: argv as string[], params: flags.param }, async (loaded, options) => {
      const standings = await inspect(loaded, options);
      if (!standings.ok) return standings;
      if (flags.stale) {
        const causes = staleCauses(loaded.graph.tasks, standings.value, loaded.store.history);
        if (flags.json) printJson(causes);
        else for (const line of causeLines(causes)) print(line);
        return { ok: true, value: 0 };
      }
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

function causeLines(causes: readonly StaleCause[]): string[] {
  if (causes.length === 0) return ["nothing is stale"];
  return causes.flatMap(({ cause, version, tasks }) => [
    version === undefined
      ? printable(cause)
      : `${printable(cause)}  latest: @${version.n}, ${version.cause} ${new Date(version.time).toISOString()}`,
    ...tasks.map(
      ({ task, through, why }) => `  ${task}  ${through.length > 0 ? `through ${through.join(", ")}` : why}`,
    ),
  ]);
}
