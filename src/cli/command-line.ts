import { quoteWord } from "../graph/shell-text.ts";

/** The command as typed, for the processes that wait for it, and for records. */
export function commandLine(argv: readonly string[] = process.argv.slice(2)): string {
  return ["inc", ...argv].map(quoteWord).join(" ");
}
