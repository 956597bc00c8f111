import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Masker } from "./masker.ts";

/** An unended line is passed on in pieces of so many characters. */
const LONGEST = 64 * 1024;

/** Cuts a stream of bytes into lines, without their ends. */
export class Lines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #give: (line: string) => void;
  #begun = "";

  constructor(give: (line: string) => void) {
    this.#give = give;
  }

  /** The line that has begun but not ended. */
  get begun(): string {
    return this.#begun;
  }

  push(bytes: Buffer): void {
    const lines = (this.#begun + this.#decoder.write(bytes)).split("\n");
    this.#begun = lines.pop() ?? "";
    for (const line of lines) this.#give(line.replace(/\r$/, ""));
    if (this.#begun.length <= LONGEST) return;
    this.#give(this.#begun);
    this.#begun = "";
  }

  /** Ends the stream, and with it the line that has begun. */
  end(): void {
    const rest = this.#begun + this.#decoder.end();
    this.#begun = "";
    if (rest !== "") this.#give(rest);
  }
}

/** Passes on the lines of a stream as they come, secrets masked. Resolves when the stream has ended or broken. */
export function splitLines(stream: Readable, give: (line: string) => void, masker?: Masker): Promise<void> {
  const lines = new Lines(give);
  stream.on("data", (bytes: Buffer) => lines.push(masker === undefined ? bytes : masker.push(bytes)));
  return new Promise((resolve) => {
    stream.once("error", () => resolve());
    stream.once("close", () => {
      if (masker !== undefined) lines.push(masker.end());
      lines.end();
      resolve();
    });
  });
}
