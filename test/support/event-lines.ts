import type { Running } from "./running.ts";

/** The lines of a command with `--json`, as they come. */
export class EventLines {
  #text = "";
  #at = 0;
  #wake: () => void = () => {};
  readonly #running: Running;

  constructor(running: Running) {
    this.#running = running;
    running.child.stdout?.on("data", (chunk: Buffer) => {
      this.#text += chunk.toString();
      this.#wake();
    });
  }

  /** Resolves with all lines up to the next one of that kind. */
  async until(kind: string): Promise<string[]> {
    for (;;) {
      const found = this.#text.indexOf(`{"kind":"${kind}"`, this.#at);
      const end = this.#text.indexOf("\n", found);
      if (found >= 0 && end >= 0) {
        const lines = this.#text.slice(this.#at, end).split("\n");
        this.#at = end + 1;
        return lines;
      }
      const more = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#running.patiently(more, `a line of kind "${kind}"`);
    }
  }

  /** Resolves once watch is quiet after each of these tasks has run, however many runs that takes, with the lines of each. */
  async quietAfter(...tasks: readonly string[]): Promise<string[][]> {
    const left = new Set(tasks);
    const rounds: string[][] = [];
    do {
      const round = await this.until("watch-quiet");
      rounds.push(round);
      for (const line of round)
        left.delete(/^\{"kind":"task-ended","task":"([^"]*)","result":"ran"/.exec(line)?.[1] ?? "");
    } while (left.size > 0);
    return rounds;
  }

  /** The lines since the last call. */
  rest(): string[] {
    return this.#text
      .slice(this.#at)
      .split("\n")
      .filter((line) => line !== "");
  }
}
