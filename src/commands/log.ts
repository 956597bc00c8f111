import { Command, Flags } from "@oclif/core";
import type { Diagnostic } from "../model/diagnostic.ts";
import { printDiagnostics } from "./diagnostics.ts";
import { withHistory } from "./history.ts";
import { print, printJson } from "./pipeline.ts";

const NO_NAME: Diagnostic = {
  code: "INC1003",
  severity: "error",
  message: "log takes the names of objects",
  help: ["inc log build/report.json, or inc log 'build/*'"],
};

export default class Log extends Command {
  static override summary = "Show the versions of objects";
  static override description =
    "Newest first: number, time, where it came from, size, digest, run. A name is a path, a published object, param:NAME, env:NAME, tool:NAME, or a pattern. With @VERSION it begins there.";
  static override usage = "log NAME... [FLAGS]";
  static override examples = [
    "<%= config.bin %> log build/report.json",
    "<%= config.bin %> log 'build/*.csv' -n 3 --json",
  ];
  static override strict = false;
  static override flags = {
    limit: Flags.integer({ char: "n", description: "At most so many versions of each", helpValue: "LIMIT", min: 1 }),
    json: Flags.boolean({ description: "JSON on stdout, and nothing else there" }),
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Log);
    if (argv.length === 0) return printDiagnostics([NO_NAME]);
    return withHistory(async ({ store, place }) => {
      const { logsOf } = await import("../lineage/log.ts");
      const logs = logsOf(store, argv as string[], place, flags.limit);
      if (!logs.ok) return logs;
      if (flags.json) printJson(logs.value);
      else {
        const { renderLog } = await import("../report/log.ts");
        const { wantsColor } = await import("../report/color.ts");
        const columns = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
        const options = { color: wantsColor(process.env, process.stdout), columns };
        for (const line of logs.value.flatMap((log) => renderLog(log, options))) print(line);
      }
      return { ok: true, value: 0 };
    });
  }
}
