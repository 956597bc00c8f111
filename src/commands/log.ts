import { printDiagnostics } from "../cli/diagnostics.ts";
import type { ParsedArguments } from "../cli/flag-spec.ts";
import { print, printJson } from "../cli/print.ts";
import { withHistory } from "../cli/with-history.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { wantsColor } from "../report/text/color.ts";
import { renderLog } from "../report/versions/log.ts";
import { logsOf } from "../versions/log.ts";

/** `inc log`, its arguments parsed. Resolves to the exit code. */
export async function log({ flags, positionals, extra }: ParsedArguments): Promise<number> {
  const names = [...positionals, ...extra];
  const limit = flags["limit"] === undefined ? undefined : Number(flags["limit"]);
  if (names.length === 0) return printDiagnostics([NO_NAME]);
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0))
    return printDiagnostics([badLimit(String(flags["limit"]))]);
  return withHistory(async ({ store, place }) => {
    const logs = logsOf(store, names, place, limit);
    if (!logs.ok) return logs;
    const columns = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
    const options = { color: wantsColor(process.env, process.stdout), columns };
    if (flags["json"] === true) printJson(logs.value);
    else for (const one of logs.value) print(renderLog(one, options).join("\n"));
    return { ok: true, value: 0 };
  });
}

const NO_NAME: Diagnostic = {
  code: "INC1003",
  severity: "error",
  message: "log takes the names of objects",
  help: ["inc log build/report.json, or inc log 'build/*'"],
};

function badLimit(text: string): Diagnostic {
  return {
    code: "INC1003",
    severity: "error",
    message: `"--limit ${text}" cannot be used`,
    help: ["use a whole number of versions: -n 10"],
  };
}
