const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Control characters, line separators, and marks of direction, with which one name can look like another. */
const CONTROL = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/gu;

/** Escapes the characters that move the cursor or start a command of the terminal: `\n`, `\u001b`. */
export function printable(text: string): string {
  return text.replace(
    CONTROL,
    (control) => SHORT[control] ?? `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
