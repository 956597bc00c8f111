export interface SafeTextOptions {
  /** Keep colours; without, all sequences go. */
  readonly colours: boolean;
  /** Bytes of a log that are shown; of a longer one the middle is left out. */
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

/** What a command printed, as text that a terminal can show without harm. Progress lines are left at their last state. */
export function safeText(bytes: Buffer, { colours, limit = LIMIT }: SafeTextOptions): string {
  let coloured = false;
  const text = bounded(bytes, limit).replace(CONTROL, (_, parameters?: string, final?: string) => {
    if (!colours || final !== "m" || !/^[\d;:]*$/.test(parameters ?? "")) return "";
    coloured = /[1-9]/.test(parameters ?? "");
    return `\x1b[${parameters}m`;
  });
  const visible = text.replace(/\p{Bidi_Control}/gu, visibly);
  const settled = visible.includes("\r") ? visible.split("\n").map(lastState).join("\n") : visible;
  // A colour left on would run into whatever is printed next.
  return coloured ? `${settled}${RESET}` : settled;
}

/** What turns the direction of text can make one line look like another: it is shown, as it is in names. */
function visibly(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** What stands on a line after its carriage returns: the last piece that is not empty. */
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
