import { resolve } from "node:path";
import { printDiagnostics } from "../cli/diagnostics.ts";
import type { ParsedArguments } from "../cli/flag-spec.ts";
import { withHistory } from "../cli/with-history.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { extract } from "../versions/extract.ts";
import { resolveReference } from "../versions/reference.ts";
import { stream } from "../versions/stream.ts";

/** `inc get`, its arguments parsed. Resolves to the exit code. */
export async function get({ flags, positionals, extra }: ParsedArguments): Promise<number> {
  const [reference, ...others] = [...positionals, ...extra];
  if (reference === undefined || others.length > 0) return printDiagnostics([ONE_VERSION]);
  const output = (flags["output"] as string | undefined) ?? "-";
  return withHistory(async ({ store, place }) => {
    const version = resolveReference(reference, place);
    if (!version.ok) return version;
    if (output === "-") await stream(store, version.value, process.stdout);
    else extract(store, version.value, { path: resolve(output), shown: output, force: flags["force"] === true });
    return { ok: true, value: 0 };
  });
}

const ONE_VERSION: Diagnostic = {
  code: "INC1003",
  severity: "error",
  message: "get takes one version of an object",
  help: ["inc get build/report.json@2, or inc get build/report.json for the latest"],
};
