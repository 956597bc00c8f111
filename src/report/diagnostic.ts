import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Location } from "../model/location.ts";
import { paint } from "./color.ts";

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
  const lines = [`${paint(style, `${severity} ${code}`, options.color)}: ${message}`];
  if (location !== undefined) lines.push(`  --> ${place(location, options.cwd)}`, ...excerpt(location, options));
  for (const note of diagnostic.notes ?? []) {
    const where = note.location === undefined ? "" : ` (${place(note.location, options.cwd)})`;
    lines.push(`  note: ${note.message}${where}`);
  }
  for (const help of diagnostic.help ?? []) lines.push(`  help: ${help}`);
  return lines.join("\n");
}

function place({ file, line, column }: Location, cwd: string): string {
  return `${relative(cwd, file)}:${line}:${column}`;
}

function excerpt({ file, line, column }: Location, { color, readSource }: DiagnosticOptions): readonly string[] {
  const text = readSource(file)?.split(/\r?\n/)[line - 1];
  if (text === undefined) return [];
  const gutter = `${line} | `;
  // Tabs are kept in the padding, so that the caret stands under its column whatever the terminal's tab stops are.
  const before = text.slice(0, column - 1);
  const padding = before.replace(/[^\t]/gu, (character) => (isWide(character) ? "  " : " "));
  const bar = `${" ".repeat(gutter.length)}${padding}`;
  return [`${gutter}${stripVTControlCharacters(text)}`, `${bar}${paint("red", "^", color)}`];
}

function isWide(character: string): boolean {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
    character,
  );
}
