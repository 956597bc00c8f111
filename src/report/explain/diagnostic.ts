import { relative } from "node:path";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Location } from "../../model/location.ts";
import { printable } from "../../model/printable.ts";
import { paint } from "../text/color.ts";
import { characterWidth } from "../text/width.ts";

export interface DiagnosticOptions {
  readonly color: boolean;
  /** Absolute; locations are shown relative to it. */
  readonly cwd: string;
  /** Text of a module, or undefined when it cannot be read. */
  readonly readSource: (file: string) => string | undefined;
}

/** The lines of a diagnostic, without a final line feed. */
export function renderDiagnostic(diagnostic: Diagnostic, options: DiagnosticOptions): string {
  const { severity, code, message, location } = diagnostic;
  const style = severity === "error" ? "red" : "yellow";
  const lines = [`${paint(style, `${severity} ${code}`, options.color)}: ${printable(message)}`];
  if (location !== undefined) lines.push(`  --> ${place(location, options.cwd)}`, ...excerpt(location, options));
  for (const note of diagnostic.notes ?? []) {
    const where = note.location === undefined ? "" : ` (${place(note.location, options.cwd)})`;
    lines.push(`  note: ${printable(note.message)}${where}`);
  }
  for (const help of diagnostic.help ?? []) lines.push(`  help: ${printable(help)}`);
  return lines.join("\n");
}

function place({ file, line, column }: Location, cwd: string): string {
  return `${relative(cwd, file)}:${line}:${column}`;
}

/** Of a longer source line, only the part around the place is shown, in characters. */
const LONGEST_LINE = 160;
const BEFORE = 60;

function excerpt({ file, line, column }: Location, { color, readSource }: DiagnosticOptions): readonly string[] {
  const source = readSource(file)?.split(/\r?\n/)[line - 1];
  if (source === undefined) return [];
  const from = source.length > LONGEST_LINE ? Math.max(0, column - 1 - BEFORE) : 0;
  const cut = source.slice(from, from + LONGEST_LINE);
  const text = `${from > 0 ? "…" : ""}${cut}${from + LONGEST_LINE < source.length ? "…" : ""}`;
  const gutter = `${line} | `;
  // The padding has the tabs of the line, so that the caret is under its column whatever the terminal's tab stops are.
  const padding = [...text.slice(0, column - 1 - from + (from > 0 ? 1 : 0))].map(blank).join("");
  return [`${gutter}${shown(text)}`, `${" ".repeat(gutter.length)}${padding}${paint("red", "^", color)}`];
}

/** Keeps tabs, and replaces other control characters by one column each. */
function shown(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => (control === "\t" ? control : "\ufffd"));
}

function blank(character: string): string {
  return character === "\t" ? character : " ".repeat(characterWidth(character));
}
