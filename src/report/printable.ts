const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text of which no character moves the cursor or starts a command of the terminal: controls as `\n`, `\u001b`. */
export function printable(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (control) => SHORT[control] ?? `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
