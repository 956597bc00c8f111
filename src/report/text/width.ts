/** Characters that take two columns of a terminal: East Asian wide ones and emoji, by their blocks. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /\p{Mn}|\p{Me}|\u200d|\ufe0f/u;

/** How many columns a character takes. */
export function characterWidth(character: string): 0 | 1 | 2 {
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** How many columns a text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** Cuts a text to so many columns, with an ellipsis at its end. */
export function truncate(text: string, columns: number): string {
  let width = 0;
  let fits = "";
  for (const character of text) {
    const next = width + characterWidth(character);
    if (next > columns) return `${cutOne(fits)}…`;
    width = next;
    fits += character;
  }
  return fits;
}

function cutOne(text: string): string {
  return [...text].slice(0, -1).join("");
}

/** Cuts a text to so many columns, with an ellipsis near its middle: names differ at either end. */
export function truncateMiddle(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  const room = Math.max(0, columns - 1);
  return `${fitting([...text], Math.floor(room / 2))}…${fitting([...text].reverse(), Math.ceil(room / 2), true)}`;
}

function fitting(characters: readonly string[], columns: number, backwards = false): string {
  let width = 0;
  let fits = "";
  for (const character of characters) {
    width += characterWidth(character);
    if (width > columns) return fits;
    fits = backwards ? character + fits : fits + character;
  }
  return fits;
}
