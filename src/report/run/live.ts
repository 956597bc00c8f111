import type { Event } from "../../model/event.ts";
import { Block } from "./block.ts";
import { type PlainOptions, plainReport } from "./plain.ts";
import type { Report } from "./report.ts";
import { Screen } from "./screen.ts";

export interface LiveOptions extends Omit<PlainOptions, "stdout"> {
  readonly stdout: NodeJS.WriteStream;
}

/** A shorter run shows no live view, which would only flicker. In milliseconds. */
const DELAY = 120;
const REPAINT = 80;

/**
 * Finished tasks scroll away above as in the plain report; the tasks that run are below. The stock renderer of listr2
 * draws every task and fails at 300; this one draws only what runs.
 */
export function liveReport(options: LiveOptions): Report {
  const screen = new Screen();
  const block = new Block(options.stdout);
  const plain = plainReport({ ...options, stdout: { write: (text: string) => block.above(text) } });
  let timer: NodeJS.Timeout | undefined;
  let view: Promise<() => void> | undefined;
  const start = (): void => {
    view ??= openView(screen, block, options.color);
  };
  return {
    event(event: Event) {
      screen.event(event);
      if (event.kind === "attempt-started" || event.kind === "connecting") timer ??= setTimeout(start, DELAY);
      if (event.kind === "run-ended") block.remove();
      plain.event(event);
    },
    async close() {
      clearTimeout(timer);
      (await view)?.();
      block.remove();
      await plain.close();
      block.flush();
    },
  };
}

/** Hands the block to listr2, which is loaded only now. Returns the function that ends it. */
async function openView(screen: Screen, block: Block, color: boolean): Promise<() => void> {
  const { Listr, Spinner } = await import("listr2");
  const spinner = new Spinner();
  let finish: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  class RunningTasksRenderer {
    static readonly nonTTY = false;
    static readonly rendererOptions = {};
    static readonly rendererTaskOptions = {};
    #timer: NodeJS.Timeout | undefined;

    render(): void {
      this.#timer = setInterval(() => {
        spinner.spin();
        block.draw((size) => screen.lines(Date.now(), size, { color, mark: spinner.fetch() }));
      }, REPAINT);
      this.#timer.unref();
    }

    end(): void {
      clearInterval(this.#timer);
      block.remove();
    }
  }
  const listr = new Listr([{ title: "inc", task: () => over }], {
    // The handler of listr2 would end the process before its tasks, and with another exit code.
    registerSignalListeners: false,
    renderer: RunningTasksRenderer as never,
  });
  const ended = listr.run();
  return () => {
    finish();
    void ended;
  };
}
