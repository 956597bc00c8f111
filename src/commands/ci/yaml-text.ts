/** What YAML takes as a text as it stands. */
const PLAIN = /^[A-Za-z_.][\w./-]*$/;
/** Texts that YAML takes for something else. */
const TAKEN = /^(true|false|null|yes|no|on|off|y|n)$/i;

/** A text as YAML, quoted where it needs it. */
export function scalar(text: string): string {
  return PLAIN.test(text) && !TAKEN.test(text) ? text : JSON.stringify(text);
}

/** Lines further in. */
export function block(indent: string, lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === "" ? line : `${indent}${line}`));
}

export function textOf(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
