/**
 * Prerequisites of all rules of a depfile, in order; undefined: this is no Makefile. Rules without any (`-MP`) add none.
 *
 * Make's rules as far as compilers write them: blanks (space, tab) part words, a backslash at the end joins lines, an odd
 * number of backslashes before a blank or a colon escapes it and an even one does not (each two stand for one), `$$` is a
 * dollar sign. Everything else, line separators of Unicode and a lone CR included, is a part of a name. Where make and gcc
 * differ, gcc's way counts: before `#` only the last backslash is an escape, and wildcards are plain characters.
 */
export function parseDepfile(text: string): readonly string[] | undefined {
  if (text.includes("\0")) return undefined;
  const names: string[] = [];
  let ruled = false;
  for (const line of logicalLines(text)) {
    // A recipe, once there is a rule.
    if (line.startsWith("\t") && ruled) continue;
    const words = wordsOf(line);
    const separator = separatorOf(words);
    ruled ||= separator !== undefined;
    if (separator !== undefined) names.push(...words.slice(separator).map((word) => word.text));
    else if (words.length > 0) return undefined;
  }
  return names;
}

interface Word {
  readonly text: string;
  /** Where its unescaped colons stand. */
  readonly colons: readonly number[];
}

/**
 * Lines, those joined that end with an odd number of backslashes. As in make, one blank stands for the end of a line with the
 * blanks that the next line begins with, and for several such ends in a row.
 */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let begun = "";
  for (const whole of text.split(/\r?\n/)) {
    const line = begun === "" ? whole : whole.replace(/^[ \t]+/, "");
    const backslashes = line.length - line.replace(/\\+$/, "").length;
    if (backslashes % 2 === 0) {
      lines.push(begun + line);
      begun = "";
    } else if (begun === "" || line !== "\\")
      begun += `${line.slice(0, -backslashes)}${"\\".repeat((backslashes - 1) / 2)} `;
  }
  return begun === "" ? lines : [...lines, begun];
}

/** Backslashes and what they may escape, a blank, a dollar sign, a colon, a comment; or plain text. */
const PIECE = /(\\+)([ \t#:]?)|([ \t]+)|(\$\$)|(:)|(#)|[^\\ \t$:#]+|\$/g;

function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  let text: string | undefined;
  let colons: number[] = [];
  const end = (): void => {
    if (text !== undefined) words.push({ text, colons });
    text = undefined;
    colons = [];
  };
  for (const [piece, backslashes, escaped, blank, dollar, separator, comment] of line.matchAll(PIECE)) {
    if (comment !== undefined) break;
    if (blank !== undefined) end();
    else if (backslashes !== undefined && escaped !== undefined) {
      const { prefix, literal } = unquote(backslashes.length, escaped);
      text = (text ?? "") + prefix;
      if (!literal && escaped === ":") colons.push(text.length);
      if (literal || escaped === ":") text += escaped;
      else end();
    } else {
      if (separator !== undefined) colons.push(text?.length ?? 0);
      text = (text ?? "") + (dollar === undefined ? piece : "$");
    }
  }
  end();
  return words;
}

/** What `count` backslashes before a character stand for; `literal`: the character is escaped, a part of the name. */
function unquote(count: number, next: string): { readonly prefix: string; readonly literal: boolean } {
  if (next === "") return { prefix: "\\".repeat(count), literal: true };
  if (next === "#") return { prefix: "\\".repeat(count - 1), literal: true };
  return { prefix: "\\".repeat(Math.floor(count / 2)), literal: count % 2 === 1 };
}

/**
 * Index of the first prerequisite. The colon that parts it from the targets ends its word, for gcc escapes none in the
 * names of targets; only where there is no such word it is the first colon of all (`a.o:a.c`).
 */
function separatorOf(words: Word[]): number | undefined {
  const ending = words.findIndex(({ text, colons }) => colons.at(-1) === text.length - 1);
  if (ending >= 0) return ending + 1;
  const glued = words.findIndex(({ colons }) => colons.length > 0);
  const word = words[glued];
  if (word === undefined) return undefined;
  words[glued] = { text: word.text.slice((word.colons[0] ?? 0) + 1), colons: [] };
  return glued;
}
