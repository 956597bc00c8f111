import { StringDecoder } from "node:string_decoder";

/** A line without an end is given out in pieces of so many characters. */
const LONGEST = 64 * 1024;

/** Cuts what comes in pieces into lines, without their ends. */
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

  /** Nothing more comes. */
  end(): void {
    const rest = this.#begun + this.#decoder.end();
    this.#begun = "";
    if (rest !== "") this.#give(rest);
  }
}
