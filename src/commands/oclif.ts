import { fileURLToPath } from "node:url";
import { Errors, flush, run } from "@oclif/core";
import { DiagnosticError } from "../model/diagnostic.ts";
import { printDiagnostics } from "./diagnostics.ts";

/** Everything but the quick way of `inc run`: finds the command, parses, helps. Resolves to the exit code. */
export async function runOclif(argv: readonly string[]): Promise<number> {
  try {
    const code: unknown = await run([...argv], { root: fileURLToPath(new URL("../..", import.meta.url)) });
    await flush();
    return typeof code === "number" ? code : 0;
  } catch (error) {
    if (error instanceof DiagnosticError) return printDiagnostics(error.diagnostics);
    if (error instanceof Errors.ExitError) return error.oclif.exit ?? 0;
    if (!(error instanceof Errors.CLIError)) throw error;
    return printDiagnostics([
      {
        code: "INC1003",
        severity: "error",
        message: firstLine(error.message),
        help: [
          argv[0] === undefined || argv[0].startsWith("-")
            ? "inc --help shows the commands"
            : `inc ${argv[0]} --help shows its flags`,
        ],
      },
    ]);
  }
}

function firstLine(message: string): string {
  return message.split("\n").filter((line) => !line.startsWith("See more help"))[0] ?? "";
}
