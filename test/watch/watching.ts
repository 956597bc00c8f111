import { EventLines } from "../support/event-lines.ts";
import type { Rig } from "../support/rig.ts";
import type { Running } from "../support/running.ts";

interface Line {
  readonly kind: string;
  readonly task: string;
  readonly result: string;
}

/** `inc watch` in a workspace. */
export class Watching {
  readonly running: Running;
  readonly #lines: EventLines;

  constructor(rig: Rig, ...args: string[]) {
    this.running = rig.start(["watch", "--json", ...args]);
    this.#lines = new EventLines(this.running);
  }

  /** The tasks that ended, except fresh ones, until watch is quiet the next time: `name: result`, sorted. */
  async quiet(): Promise<string[]> {
    const lines = await this.#lines.until("watch-quiet");
    return lines
      .map((line) => JSON.parse(line) as Line)
      .filter(({ kind, result }) => kind === "task-ended" && result !== "fresh")
      .map(({ task, result }) => `${task}: ${result}`)
      .sort();
  }

  async stop(): Promise<number | null> {
    this.running.child.kill("SIGINT");
    return (await this.running.ended).code;
  }
}
