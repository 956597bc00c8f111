import { quoteWord } from "../graph/shell-text.ts";

/** The command as typed, for the processes that wait for it, and for records: without the user and password of a URL. */
export function commandLine(argv: readonly string[] = process.argv.slice(2)): string {
  return ["inc", ...argv].map((word) => quoteWord(word.replace(/:\/\/[^/@]*@/g, "://"))).join(" ");
}
