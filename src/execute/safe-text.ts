export interface SafeTextOptions {
  /** Colours stay; false: all sequences are removed. */
  readonly colours: boolean;
  /** How much of a log is shown, in bytes: the middle of a longer one is left out. */
  readonly limit?: number;
}

const LIMIT = 1024 * 1024;

/**
 * Everything that a terminal would act on: strings for it (OSC, DCS, SOS, PM, APC: titles, links, the clipboard), control
 * sequences (CSI), other escapes, and single controls but tab, newline and carriage return.
 */
const CONTROL = new RegExp(
  [
    String.raw`(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?`,
    String.raw`(?:\x1b\[|\x9b)(?<parameters>[0-?]*)(?<final>[ -/]*[@-~])?`,
    String.raw`\x1b[ -/]*[0-~]?`,
    String.raw`[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]`,
  ].join("|"),
  "g",
);
const RESET = "\x1b[0m";

/** A command's output as text that a terminal can show without harm. Of a progress line only the last state is left. */
export function safeText(bytes: Buffer, { colours, limit = LIMIT }: SafeTextOptions): string {
  let coloured = false;
  const text = bounded(bytes, limit).replace(CONTROL, (_, parameters?: string, final?: string) => {
    if (!colours || final !== "m" || !/^[\d;:]*$/.test(parameters ?? "")) return "";
    coloured = /[1-9]/.test(parameters ?? "");
    return `\x1b[${parameters}m`;
  });
  const visible = text.replace(/\p{Bidi_Control}/gu, visibly);
  const settled = visible.includes("\r") ? visible.split("\n").map(lastState).join("\n") : visible;
  // A colour that is left on would colour the following output.
  return coloured ? `${settled}${RESET}` : settled;
}

/** Controls of the direction of text can make one line look like another, so they are shown as escapes. */
function visibly(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The text of a line after its carriage returns: the last piece that is not empty. */
function lastState(line: string): string {
  return line.split("\r").findLast((piece) => piece !== "") ?? "";
}

function bounded(bytes: Buffer, limit: number): string {
  if (bytes.length <= limit) return bytes.toString("utf8");
  const head = Math.floor(limit / 4);
  const tail = limit - head;
  const left = bytes.length - limit;
  return `${bytes.toString("utf8", 0, head)}\n… ${left} bytes left out …\n${bytes.toString("utf8", bytes.length - tail)}`;
}
