import { fileURLToPath } from "node:url";
import { Errors, run } from "@oclif/core";
import { printDiagnostics } from "../cli/diagnostics.ts";
import { watchErrors } from "../host/process/standard-output.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { suggestion } from "../model/suggestion.ts";

/** Runs a command through oclif, which parses its arguments and prints help. Resolves to the exit code. */
export async function runOclif(argv: readonly string[]): Promise<number> {
  // oclif's listener throws write errors of stdout (a full disk) from an event, as uncaught exceptions: replace it.
  watchErrors();
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
        message: firstLine(error.message).replace(/^(command \w+):(\w+ not found)$/, "$1 $2"),
        help: [await helpFor(argv)],
      },
    ]);
  }
}

/** Rewrites `inc -h`, `inc run -h`, `inc help` and `inc help run` to the form that oclif accepts. */
function askingForHelp(argv: readonly string[]): string[] {
  if (argv[0] === "help") return [...argv.slice(1), "--help"];
  const end = argv.indexOf("--");
  return argv.map((argument, i) => (argument === "-h" && (end < 0 || i < end) ? "--help" : argument));
}

/** The line of help for a usage error: where to find the flags, or the command that was probably meant. */
async function helpFor([first, second = ""]: readonly string[]): Promise<string> {
  if (first === undefined || first.startsWith("-")) return "inc --help shows the commands";
  const { COMMANDS } = await import("./table.ts");
  const typed = [`${first}:${second}`, first].find((id) => Object.hasOwn(COMMANDS, id));
  if (typed !== undefined) return `inc ${typed.replace(":", " ")} --help shows its flags`;
  const ofTopic = Object.keys(COMMANDS).filter((id) => id.startsWith(`${first}:`));
  const names = Object.keys(COMMANDS).flatMap((id) => (id.includes(":") ? [id, id.replace(/:.*/, "")] : [id]));
  const near = suggestion(ofTopic.length > 0 ? `${first}:${second}` : first, names);
  if (near !== undefined) return `did you mean "inc ${near.replace(":", " ")}"?`;
  return ofTopic.length > 0 ? `inc ${first} --help shows its commands` : "inc --help shows the commands";
}

function firstLine(message: string): string {
  const [first = "", second] = message
    .split("\n")
    .map((line) => line.trim().replace(/\s+/g, " "))
    .filter((line) => line !== "" && !line.startsWith("See more help"));
  const begun = /^Parsing --\S+$|:$/.test(first);
  return begun && second !== undefined ? `${first.replace(/:$/, "")}: ${second}` : first;
}
