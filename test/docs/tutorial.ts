/** One fenced block of a tutorial: shell to run, a file to write, or the output of the shell block before it. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks below a heading, up to the end of the document or the next heading that is given. */
export function blocksBelow(markdown: string, from: string, to?: string): Block[] {
  const start = `\n${markdown}`.indexOf(`\n${from}\n`);
  if (start < 0) throw new Error(`no heading "${from}"`);
  const end = to === undefined ? markdown.length : markdown.indexOf(`\n${to}\n`, start);
  if (end < 0) throw new Error(`no heading "${to}" after it`);
  return [...markdown.slice(start, end).matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = "", text = ""]) => ({
    language,
    text,
  }));
}

/** The separator between the outputs of shell blocks. */
const SEPARATOR = "\u0001";

/**
 * One script of all blocks, as a reader types them into one shell: `sh` runs, `ts` is written to the file that its first
 * line names (`// pipeline.ts`).
 */
export function scriptOf(blocks: readonly Block[], prelude: string): string {
  const steps = blocks.map(({ language, text }) => {
    if (language === "sh") return `${text}printf '${SEPARATOR}'\n`;
    if (language !== "ts") return "";
    const name = /^\/\/ (\S+)\n/.exec(text)?.[1];
    if (name === undefined) throw new Error(`a ts block does not begin with its file's name:\n${text}`);
    return `cat > ${name} <<'END-OF-BLOCK'\n${text}END-OF-BLOCK\n`;
  });
  return `set -e\n${prelude}\n${steps.join("")}`;
}

export interface Step {
  readonly shell: string;
  /** The output that the document claims; undefined when it claims none. */
  readonly expected: string | undefined;
  readonly printed: string;
}

/** Each shell block with its claimed and its actual output. */
export function stepsOf(blocks: readonly Block[], stdout: string): Step[] {
  const printed = stdout.split(SEPARATOR);
  return blocks.flatMap(({ language, text }, i) => {
    if (language !== "sh") return [];
    const next = blocks[i + 1];
    return [
      { shell: text, expected: next?.language === "text" ? next.text : undefined, printed: printed.shift() ?? "" },
    ];
  });
}

/** The lines, sorted and without durations, because parallel tasks end in any order. */
export function comparable(output: string): string[] {
  return output
    .replace(/\b\d+(\.\d+)?(ms|s|m)\b/g, "<time>")
    .replace(/ \(saved <time>\)/g, "")
    .split("\n")
    .sort();
}
