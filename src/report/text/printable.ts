const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Controls, separators of lines, and what turns the direction of text, by which one name can look like another. */
const CONTROL = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/gu;

/** Text of which no character moves the cursor or starts a command of the terminal: controls as `\n`, `\u001b`. */
export function printable(text: string): string {
  return text.replace(
    CONTROL,
    (control) => SHORT[control] ?? `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
