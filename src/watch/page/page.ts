import { PageServer, type Reply } from "../../host/net/page-server.ts";
import { askLineage } from "../../lineage/ask.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Event, Summary } from "../../model/event.ts";
import type { Graph, Task } from "../../model/graph.ts";
import type { Result } from "../../model/result.ts";
import { lineageRows } from "../../report/lineage/rows.ts";
import type { PageLineage, PageLog, PageProblem } from "../../report/page/pictures.ts";
import { renderWatchPage } from "../../report/page/watch-page.ts";
import { WatchPicture } from "../../report/page/watch-picture.ts";
import { describeOccasion, type Occasion } from "../../report/run/watch.ts";
import { PageLogs } from "./logs.ts";

export interface WatchPageOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Absolute paths. */
  readonly workspace: string;
  readonly manifest: string;
  /** Renders a diagnostic as text, without colors. */
  readonly render: (diagnostic: Diagnostic) => string;
}

/** How long the page waits between two pictures, in milliseconds: each costs the browser a frame or two. */
const PAUSE = 50;
/** How many versions and attempts of a lineage are shown. */
const LINEAGE_LIMIT = 400;

/** Shows in browsers what watch does. It has the methods of a listener of watch. */
export class WatchPage {
  readonly #options: WatchPageOptions;
  readonly #picture = new WatchPicture();
  #server: PageServer | undefined;
  #graph: Graph | undefined;
  readonly #logs: PageLogs;
  #timer: NodeJS.Timeout | undefined;
  #runs = 0;

  private constructor(options: WatchPageOptions) {
    this.#options = options;
    this.#logs = new PageLogs(options.workspace);
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
    this.#logs.event(event);
    this.#picture.event(event);
    // The panel that shows a log asks for it.
    if (event.kind !== "service-output" && event.kind !== "task-output") this.#soon();
  }

  ended(summary: Summary | undefined): void {
    this.#picture.ended(summary, Date.now());
    this.#soon();
  }

  report(diagnostics: readonly Diagnostic[]): void {
    this.#picture.setProblem(diagnostics.map(this.#options.render).join("\n"));
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
        return json(await this.#logs.read(this.#graph, query.get("task") ?? ""));
      default:
        return undefined;
    }
  }

  async #lineage(object: string, down: boolean): Promise<Result<PageLineage>> {
    const direction = down ? "down" : "up";
    const answer = await askLineage(this.#options.workspace, { objects: [object], direction, limit: LINEAGE_LIMIT });
    if (!answer.ok) return answer;
    const { document } = answer.value;
    const isCut = document.nodes.some(({ truncated }) => truncated === true);
    return { ok: true, value: { title: document.roots.join(", "), rows: lineageRows(document), isCut } };
  }
}

function json(result: Result<PageLineage | PageLog>): Reply {
  const body: PageLineage | PageLog | PageProblem = result.ok
    ? result.value
    : { problem: result.diagnostics.map(({ message }) => message).join("\n") };
  return { status: result.ok ? 200 : 404, type: "application/json", body: JSON.stringify(body) };
}

function unavailable(port: number, { code, message }: NodeJS.ErrnoException): Diagnostic {
  const why = code === "EADDRINUSE" ? "another program uses it already" : message;
  return {
    code: "INC4402",
    severity: "error",
    message: `the page of watch cannot be served at port ${port}: ${why}`,
    help: ["give another port, or 0 for any free one: inc watch --serve 0"],
  };
}
