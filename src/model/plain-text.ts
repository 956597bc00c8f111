import type { Diagnostic } from "./diagnostic.ts";
import { printable } from "./printable.ts";

/** A diagnostic for where no module can be loaded that renders it with its place, in colour: with a final line feed. */
export function plainText({ severity, code, message, notes = [], help = [] }: Diagnostic): string {
  const more = [...notes.map((note) => `note: ${note.message}`), ...help.map((line) => `help: ${line}`)];
  return [`${severity} ${code}: ${printable(message)}`, ...more.map((line) => `  ${printable(line)}`), ""].join("\n");
}
