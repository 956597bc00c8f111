import { withStore } from "../../access/store.ts";
import { readLog } from "../../execute/log-files.ts";
import { safeText } from "../../execute/safe-text.ts";
import { isForAll } from "../../model/description.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Event } from "../../model/event.ts";
import type { Graph } from "../../model/graph.ts";
import type { Result } from "../../model/result.ts";
import { commandText, madeBy } from "../../report/lineage/lines.ts";
import type { PageLog } from "../../report/page/pictures.ts";
import { formatDuration } from "../../report/text/duration.ts";
import { localTime } from "../../report/text/time.ts";

/** How much of a log is shown, in bytes. */
const LIMIT = 256 * 1024;
/** How much of the logs of ended attempts stays in memory, in characters; the store has the rest. */
const MOST_CHARACTERS = 16 * 1024 * 1024;
/** How many lines of a service stay in memory. */
const SERVICE_LINES = 500;

type Started = Extract<Event, { readonly kind: "attempt-started" }>;
type Ended = Extract<Event, { readonly kind: "task-ended" }>;

/** The logs of attempts and services, while they run and afterwards. */
export class PageLogs {
  readonly #workspace: string;
  /** By task. */
  readonly #running = new Map<string, Started>();
  /** By task, the latest last: the store has an attempt only some time after it has ended. */
  readonly #ended = new Map<string, PageLog>();
  #size = 0;
  readonly #services = new Map<string, string[]>();

  /** @param workspace Absolute. */
  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  event(event: Event): void {
    if (event.kind === "attempt-started") this.#running.set(event.task, event);
    if (event.kind === "task-ended") this.#taskEnded(event);
    if (event.kind === "service-output") this.#print(event.service, event.line);
  }

  /** @param graph The one loaded last; undefined: none was. */
  async read(graph: Graph | undefined, id: string): Promise<Result<PageLog>> {
    const task = graph?.tasks.find((each) => each.id === id);
    if (graph === undefined || task === undefined) return { ok: false, diagnostics: [unknownTask(id)] };
    if (task.service !== undefined) return { ok: true, value: this.#ofService(id) };
    const started = this.#running.get(id);
    if (started !== undefined) return { ok: true, value: ofRunning(started) };
    const ended = this.#ended.get(id);
    return ended === undefined ? this.#ofLastAttempt(graph.manifest, id) : { ok: true, value: ended };
  }

  #taskEnded({ task, duration, result, failure, output }: Ended): void {
    const started = this.#running.get(task);
    this.#running.delete(task);
    if (started === undefined) return;
    const how = failure === undefined ? result : describeOutcome(failure);
    const text = shown(output);
    this.#size += text.length - (this.#ended.get(task)?.text.length ?? 0);
    this.#ended.delete(task);
    this.#ended.set(task, {
      head: headOf("last attempt", started.time, how, duration),
      command: started.command,
      text,
    });
    for (const [oldest, log] of this.#ended) {
      if (this.#size <= MOST_CHARACTERS) break;
      this.#ended.delete(oldest);
      this.#size -= log.text.length;
    }
  }

  #print(service: string, line: string): void {
    const lines = this.#services.get(service) ?? [];
    lines.push(line);
    if (lines.length > SERVICE_LINES) lines.shift();
    this.#services.set(service, lines);
  }

  #ofService(id: string): PageLog {
    const lines = this.#services.get(id);
    if (lines === undefined) return { head: "it has not printed anything yet", text: "" };
    return { head: "its latest output", text: shown(Buffer.from(lines.join("\n"))) };
  }

  #ofLastAttempt(manifest: string, task: string): Promise<Result<PageLog>> {
    return withStore<PageLog>(this.#workspace, async (store) => {
      const record = store.history.latestRecord(manifest, task);
      if (record === undefined)
        return { ok: true, value: { head: "no attempt of this task is recorded here", text: "" } };
      const { log, started, duration, description, origin } = record;
      const head =
        origin === undefined
          ? headOf("last attempt", started, describeOutcome(record), duration)
          : headOf("taken from the shared cache", started, `made by ${madeBy(origin)}`, duration);
      const command = commandText({ ...description, isForAll: isForAll(description) });
      return { ok: true, value: { head, command, text: shown(log === undefined ? undefined : store.blobs.read(log)) } };
    });
  }
}

function ofRunning({ command, log }: Started): PageLog {
  return { head: "running now", command, text: shown(readLog(log)) };
}

function headOf(what: string, started: number, how: string, duration: number): string {
  return `${what}, ${localTime(started)}: ${how}, ${formatDuration(duration)}`;
}

function describeOutcome(ended: {
  readonly outcome: string;
  readonly exit?: number | undefined;
  readonly signal?: string | undefined;
}): string {
  const { outcome, exit, signal } = ended;
  if (signal !== undefined) return `${outcome}, signal ${signal}`;
  return exit === undefined || exit === 0 ? outcome : `${outcome}, exit code ${exit}`;
}

function shown(bytes: Buffer | undefined): string {
  return bytes === undefined ? "" : safeText(bytes, { colours: false, limit: LIMIT });
}

function unknownTask(id: string): Diagnostic {
  return { code: "INC1001", severity: "error", message: `there is no task "${id}" any more` };
}
