/** The lines of a value: short ones, each once, so that they can be keys. */
export function linesOf(text: string): readonly string[] {
  const lines = withoutComments(text).split("\n").slice(0, -1);
  return [...new Set(lines.map(shortened))].sort();
}

/** Short enough for a name, and without a slash at the end, as if it were that of a directory. */
export function shortened(line: string): string {
  return line.slice(0, 20).replace(/\/$/, "");
}

/** As grep prints it: each line ends with a line feed. */
export function withoutComments(text: string): string {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => `${line}\n`).join("");
}
