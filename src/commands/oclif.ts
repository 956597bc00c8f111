import { fileURLToPath } from "node:url";
import { Errors, run } from "@oclif/core";
import { printDiagnostics } from "../cli/diagnostics.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { suggestion } from "../model/suggestion.ts";

/** Everything but the quick way of `inc run`: finds the command, parses, helps. Resolves to the exit code. */
export async function runOclif(argv: readonly string[]): Promise<number> {
  // Once it is imported, oclif throws what stdout meets (a full disk) out of an event, which would be an internal error.
  process.stdout.removeAllListeners("error").on("error", () => {});
  try {
    const code: unknown = await run(askingForHelp(argv), { root: fileURLToPath(new URL("../..", import.meta.url)) });
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
        help: [await helpFor(argv[0])],
      },
    ]);
  }
}

/** `inc -h`, `inc run -h`, `inc help` and `inc help run`, as oclif takes them. */
function askingForHelp(argv: readonly string[]): string[] {
  if (argv[0] === "help") return [...argv.slice(1), "--help"];
  const end = argv.indexOf("--");
  return argv.map((argument, i) => (argument === "-h" && (end < 0 || i < end) ? "--help" : argument));
}

/** What is wrong, in one line: oclif puts what it expected on a second one. */
async function helpFor(command: string | undefined): Promise<string> {
  if (command === undefined || command.startsWith("-")) return "inc --help shows the commands";
  const { COMMANDS } = await import("./table.ts");
  if (Object.hasOwn(COMMANDS, command)) return `inc ${command} --help shows its flags`;
  const near = suggestion(command, Object.keys(COMMANDS));
  return near === undefined ? "inc --help shows the commands" : `did you mean "inc ${near}"?`;
}

function firstLine(message: string): string {
  const [first = "", second] = message
    .split("\n")
    .map((line) => line.trim().replace(/\s+/g, " "))
    .filter((line) => line !== "" && !line.startsWith("See more help"));
  const begun = /^Parsing --\S+$|:$/.test(first);
  return begun && second !== undefined ? `${first.replace(/:$/, "")}: ${second}` : first;
}
