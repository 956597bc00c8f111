import { flushOutput, type LostOutput, lostOutput, openOutput } from "../host/process/standard-output.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { meaningOf } from "../model/system-error.ts";

/** Commands that do something: their exit code 1 tells of that, and not of what they print. */
const DOING: ReadonlySet<string> = new Set(["run", "watch", "put", "checkout"]);

/** Commands that go on until they are interrupted, or until nothing more can be written. */
const FOLLOWING: ReadonlySet<string> = new Set(["watch", "subscribe"]);

/** The exit code of a command that has ended with a code, after all output was written: 2 if it answers, and its answer was lost. */
export async function codeWithOutput(command: string, code: number): Promise<number> {
  await flushOutput();
  const lost = lostOutput();
  if (lost === undefined) return code;
  openOutput();
  const { printDiagnostics } = await import("./diagnostics.ts");
  printDiagnostics([incomplete(lost)]);
  if (lost.stream === "stdout" && FOLLOWING.has(command)) return 2;
  return code === 0 || (code === 1 && !DOING.has(command)) ? 2 : code;
}

function incomplete({ stream, error: { code, message } }: LostOutput): Diagnostic {
  const meaning = meaningOf(code);
  return {
    code: "INC1051",
    severity: "error",
    message: `what inc printed is incomplete: ${stream} cannot be written: ${meaning?.why ?? message} (${code})`,
    notes: [{ message: "the command itself went on to its end, and what it stored is stored" }],
    help: [meaning?.help ?? "send the output somewhere else, then run again"],
  };
}
