import { Lines } from "../../execute/lines.ts";
import { safeText } from "../../execute/safe-text.ts";

/** The last line with visible text of an output that comes in pieces, ended or not. */
export class LastLine {
  #whole = "";
  readonly #lines = new Lines((line) => {
    if (/\S/.test(line)) this.#whole = line;
  });

  push(bytes: Buffer): void {
    this.#lines.push(bytes);
  }

  get text(): string {
    return shown(this.#lines.begun) || shown(this.#whole);
  }
}

/** Safe to show on one line of a terminal, without colors. */
function shown(line: string): string {
  return safeText(Buffer.from(line), { colours: false }).replaceAll("\t", " ").trim();
}
