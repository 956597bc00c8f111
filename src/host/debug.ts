import { appendFileSync, openSync } from "node:fs";
import { plainText } from "../model/plain-text.ts";
import { printable } from "../model/printable.ts";
import { followPhases, type Phase, ROOMS } from "./phases.ts";
import { openOutput } from "./process/standard-output.ts";

/**
 * Writes a line for each phase of the rooms that `INC_DEBUG` names (separated by commas, or `all`) to stderr, or
 * appends it to the file that `INC_DEBUG_FILE` names. An unknown name prints the known ones. For
 * contributors; the lines may change with any version.
 */
export function debugPhases(env: Readonly<Record<string, string | undefined>>): void {
  const wanted = (env["INC_DEBUG"] ?? "").split(",").filter((name) => name !== "");
  if (wanted.length === 0) return;
  const write = writerTo(env["INC_DEBUG_FILE"] ?? "");
  const known: readonly string[] = [...ROOMS, "all"];
  for (const name of wanted) if (!known.includes(name)) write(unknownRoom(name, known));
  followPhases((phase) => {
    if (wanted.includes(phase.room) || wanted.includes("all")) write(lineOf(phase));
  });
}

function lineOf({ room, name, detail, duration }: Phase): string {
  const subject = detail === undefined ? "" : ` ${printable(detail)}`;
  return `inc:${room} ${duration.toFixed(1).padStart(7)} ms  ${name}${subject}\n`;
}

/**
 * Writes to a file, or to stderr when it has no name or cannot be written. A failed write never fails the command. The
 * file stays open, since the reader of a named pipe goes when it is closed.
 */
function writerTo(file: string): (text: string) => void {
  openOutput();
  let descriptor = file === "" ? undefined : opened(file);
  return (text) => {
    try {
      if (descriptor !== undefined) return appendFileSync(descriptor, text);
    } catch (error) {
      descriptor = undefined;
      process.stderr.write(unwritable(file, error as Error));
    }
    process.stderr.write(text);
  };
}

function opened(file: string): number | undefined {
  try {
    return openSync(file, "a", 0o600);
  } catch (error) {
    process.stderr.write(unwritable(file, error as Error));
    return;
  }
}

function unknownRoom(name: string, known: readonly string[]): string {
  return plainText({
    code: "INC1052",
    severity: "warning",
    message: `INC_DEBUG knows no room "${name}"`,
    help: [`name some of these, with commas between them: ${known.join(", ")}`],
  });
}

function unwritable(file: string, { message }: Error): string {
  return plainText({
    code: "INC1053",
    severity: "warning",
    message: `INC_DEBUG_FILE cannot be written: "${file}"`,
    notes: [{ message }, { message: "the lines come here instead" }],
    help: ["name a file in a directory that exists and has room: INC_DEBUG_FILE=/tmp/inc.log"],
  });
}
