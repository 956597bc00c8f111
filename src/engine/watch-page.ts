import { safeText } from "../execute/log.ts";
import { PageServer, type Reply } from "../host/page-server.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Event, Summary } from "../model/event.ts";
import type { Graph, Task } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import { formatDuration } from "../report/duration.ts";
import { commandText } from "../report/lineage-lines.ts";
import { lineageRows } from "../report/lineage-rows.ts";
import { localTime } from "../report/time.ts";
import { describeOccasion, type Occasion } from "../report/watch.ts";
import { renderWatchPage } from "../report/watch-page.ts";
import { WatchPicture } from "../report/watch-picture.ts";
import { askLineage } from "./lineage.ts";
import { readLog } from "./logs.ts";
import { withStore } from "./read.ts";
import { secretsOf } from "./secrets.ts";

export interface WatchPageOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Absolute paths. */
  readonly workspace: string;
  readonly manifest: string;
  /** A diagnostic as it is printed, without colors. */
  readonly render: (diagnostic: Diagnostic) => string;
}

/** Between two pictures, in milliseconds: each costs the browser a frame or two. */
const PAUSE = 50;
/** How much of a log is shown, in bytes. */
const LOG_LIMIT = 256 * 1024;
/** How many versions and attempts of a lineage are shown. */
const LINEAGE_LIMIT = 400;

/** What watch does, for browsers: told as a listener of watch is, it tells all that look at its page. */
export class WatchPage {
  readonly #options: WatchPageOptions;
  readonly #picture = new WatchPicture();
  #server: PageServer | undefined;
  #graph: Graph | undefined;
  /** Task → absolute path of what its attempt, which goes on, prints to. */
  readonly #logs = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #runs = 0;

  private constructor(options: WatchPageOptions) {
    this.#options = options;
  }

  static async open(options: WatchPageOptions): Promise<Result<WatchPage>> {
    const page = new WatchPage(options);
    try {
      page.#server = await PageServer.open(options.port, {
        get: (path, query, nonce) => page.#get(path, query, nonce),
        greeting: () => JSON.stringify(page.#picture.whole()),
      });
      return { ok: true, value: page };
    } catch (error) {
      return { ok: false, diagnostics: [unavailable(options.port, error as NodeJS.ErrnoException)] };
    }
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  loaded(graph: Graph, tasks: readonly Task[]): void {
    this.#graph = graph;
    this.#picture.loaded(graph, tasks);
    this.#soon();
  }

  began(occasion: Occasion): void {
    this.#runs += 1;
    this.#picture.began(this.#runs === 1 ? "watch began" : describeOccasion(occasion), Date.now());
  }

  event(event: Event): void {
    if (event.kind === "attempt-started") this.#logs.set(event.task, event.log);
    if (event.kind === "task-ended") this.#logs.delete(event.task);
    this.#picture.event(event);
    this.#soon();
  }

  ended(summary: Summary | undefined): void {
    this.#picture.ended(summary, Date.now());
    this.#soon();
  }

  told(diagnostics: readonly Diagnostic[]): void {
    this.#picture.troubled(diagnostics.map(this.#options.render).join("\n"));
    this.#soon();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#server?.close();
  }

  #soon(): void {
    if (this.#server?.isHeard !== true || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#server?.send(JSON.stringify(this.#picture.changes()));
    }, PAUSE);
  }

  async #get(path: string, query: URLSearchParams, nonce: string): Promise<Reply | undefined> {
    switch (path) {
      case "/":
        return { status: 200, type: "text/html", body: renderWatchPage(this.#options.workspace, nonce) };
      case "/lineage":
        return json(await this.#lineage(query.get("object") ?? "", query.get("down") !== null));
      case "/log":
        return json(await this.#log(query.get("task") ?? ""));
      default:
        return undefined;
    }
  }

  async #lineage(object: string, down: boolean): Promise<Result<unknown>> {
    const direction = down ? "down" : "up";
    const answer = await askLineage(this.#options.workspace, { objects: [object], direction, limit: LINEAGE_LIMIT });
    if (!answer.ok) return answer;
    const { document } = answer.value;
    const isCut = document.nodes.some(({ truncated }) => truncated === true);
    return { ok: true, value: { title: document.roots.join(", "), rows: lineageRows(document), isCut } };
  }

  async #log(id: string): Promise<Result<unknown>> {
    const graph = this.#graph;
    const task = graph?.tasks.find((each) => each.id === id);
    if (graph === undefined || task === undefined) return { ok: false, diagnostics: [unknownTask(id)] };
    const printed = this.#picture.printed(id);
    if (task.service !== undefined) return { ok: true, value: { head: "what it printed last", text: printed ?? "" } };
    const path = this.#logs.get(id);
    if (path === undefined) return this.#lastAttempt(graph.manifest, id);
    // Secrets are masked when it has ended.
    if (secretsOf(graph, task).length > 0)
      return {
        ok: true,
        value: { head: "it is running with secrets: what it prints is shown when it has ended", text: "" },
      };
    return { ok: true, value: { head: "it is running", text: shown(readLog(path)) } };
  }

  #lastAttempt(manifest: string, task: string): Promise<Result<unknown>> {
    return withStore<unknown>(this.#options.workspace, async (store) => {
      const record = store.latestRecord(manifest, task);
      if (record === undefined) return { ok: true, value: { head: "no attempt of it is recorded here", text: "" } };
      const { log, outcome, exit, signal, started, duration, description } = record;
      const how = outcome === "ok" ? "ok" : [outcome, ending(exit, signal)].filter(Boolean).join(", ");
      const head = `last attempt, ${localTime(started)}: ${how}, ${formatDuration(duration)}`;
      const command = commandText(description.command, description.shell);
      return { ok: true, value: { head, command, text: shown(log === undefined ? undefined : store.readBlob(log)) } };
    });
  }
}

function shown(bytes: Buffer | undefined): string {
  return bytes === undefined ? "" : safeText(bytes, { colours: false, limit: LOG_LIMIT });
}

function ending(exit: number | undefined, signal: string | undefined): string | undefined {
  return signal === undefined ? (exit !== undefined ? `exit code ${exit}` : undefined) : `signal ${signal}`;
}

function json(result: Result<unknown>): Reply {
  const body = result.ok ? result.value : { problem: result.diagnostics.map(({ message }) => message).join("\n") };
  return { status: result.ok ? 200 : 404, type: "application/json", body: JSON.stringify(body) };
}

function unknownTask(id: string): Diagnostic {
  return { code: "INC1001", severity: "error", message: `there is no task "${id}" any more` };
}

function unavailable(port: number, { code, message }: NodeJS.ErrnoException): Diagnostic {
  const why = code === "EADDRINUSE" ? "somebody listens there already" : message;
  return {
    code: "INC4402",
    severity: "error",
    message: `the page of watch cannot be had at port ${port}: ${why}`,
    help: ["give another port, or 0 for any that is free: inc watch --serve 0"],
  };
}
