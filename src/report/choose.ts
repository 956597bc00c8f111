import { readFileSync } from "node:fs";
import { wantsColor } from "./color.ts";
import { jsonReport } from "./json.ts";
import { type OutputLogs, plainReport } from "./plain.ts";
import type { Report } from "./report.ts";

export type { OutputLogs };
export function chooseReport(o: {
  json: boolean;
  outputLogs: OutputLogs;
  profile: string | undefined;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  cwd: string;
}): Report {
  if (o.json) return jsonReport(o.stdout);
  return plainReport({
    outputLogs: o.outputLogs,
    stdout: o.stdout,
    color: wantsColor(o.env, o.stdout),
    cwd: o.cwd,
    readSource: (f) => readFileSync(f, "utf8"),
  });
}
