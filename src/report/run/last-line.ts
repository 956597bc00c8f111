import { Lines } from "../../execute/lines.ts";
import { safeText } from "../../execute/safe-text.ts";

/** The last line with something on it of what comes in pieces, the one that has not ended included. */
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

/** On one line of a terminal, without colours. */
function shown(line: string): string {
  return safeText(Buffer.from(line), { colours: false }).replaceAll("\t", " ").trim();
}
