import { join } from "node:path";
import { usedClusters } from "../../execute/ray/cluster-notice.ts";
import { Cookies } from "../../host/events/cookies.ts";
import { VERSION } from "../../host/inc-version.ts";
import { type LineServer, serveLines } from "../../host/net/line-server.ts";
import { needsFullRun } from "../../run/noop.ts";
import { runningServices } from "../../services/journal.ts";
import { temporaryIn } from "../../store/blobs/temporary.ts";
import { sameEnvironmentFor } from "../../workspace/request.ts";
import type { SnapshotCheck } from "../../workspace/snapshot-check.ts";
import { type Answer, type LatestRun, type Question, readQuestion, watchSocket } from "./protocol.ts";
import { SnapshotWatch, type Watcher } from "./snapshot-watch.ts";

const LOOK: Answer = { inc: VERSION, answer: "look" };

/** What the server has to know of watch. */
export interface Watching extends Watcher {
  /** True while nothing runs and no change has come that may need a run. */
  isQuiet(): boolean;
  /** The event of a cookie did not arrive. */
  lost(): void;
}

/**
 * Answers other commands in the same workspace: that everything they ask for is fresh, if watch knows that, or else
 * that they have to look. Before it says `fresh` it awaits a cookie, so that the events of all earlier edits have
 * arrived.
 */
export class WatchServer {
  readonly #workspace: string;
  readonly #directory: string;
  readonly #watching: Watching;
  readonly #snapshot: SnapshotWatch;
  readonly #cookies: Cookies;
  #server: Promise<LineServer | undefined> | undefined;
  #latest: { readonly generation: string; readonly run: LatestRun } | undefined;
  #asked = false;
  #closed = false;

  /** @param directory The store's, absolute. */
  constructor(workspace: string, directory: string, watching: Watching) {
    this.#workspace = workspace;
    this.#directory = directory;
    this.#watching = watching;
    this.#snapshot = new SnapshotWatch(workspace, directory, watching);
    this.#cookies = new Cookies(join(directory, "watch", "cookies"));
  }

  /**
   * Listens, also anew when the socket was deleted. Commands work without an answer, so that an error here is
   * ignored.
   */
  async listen(): Promise<void> {
    // Other systems do not order the events of different directories: see Cookies.
    if (process.platform !== "linux" || this.#closed) return;
    const before = await this.#server;
    if (before?.isInPlace() === true || this.#closed) return;
    await before?.close();
    this.#server = serveLines(watchSocket(this.#directory), (line) => this.#answer(line)).catch(() => undefined);
    await this.#server;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cookies.close();
    await (await this.#server)?.close();
  }

  changed(paths: readonly string[]): void {
    this.#snapshot.changed(paths);
  }

  /** Some events were lost. */
  lost(): void {
    this.#snapshot.forget();
  }

  /** Call after a snapshot is written: examines its paths before the next question, unless no client ever asked. */
  saved(): void {
    if (this.#asked && !this.#closed) void this.#snapshot.renew();
  }

  /** @param generation The store's, with this run as the latest. */
  ran(generation: string, run: LatestRun | undefined): void {
    this.#latest = run === undefined ? undefined : { generation, run };
  }

  async #answer(line: string): Promise<string | undefined> {
    const question = readQuestion(line);
    if (question === undefined) return undefined;
    return JSON.stringify(question.inc === VERSION ? await this.#consider(question) : LOOK);
  }

  async #consider(question: Question): Promise<Answer> {
    this.#asked = true;
    // A watch that polls learns of changes too late.
    if (!this.#watching.isWatched(".") || !this.#watching.isQuiet() || question.workspace !== this.#workspace)
      return LOOK;
    if (needsFullRun(this.#directory)) return LOOK;
    const cookie = await this.#cookies.next();
    if (cookie === "lost" && !this.#closed) this.#watching.lost();
    if (cookie !== "came" || !this.#watching.isQuiet()) return LOOK;
    const check = this.#snapshot.current();
    return check === undefined ? LOOK : this.#compare(check, question);
  }

  /** A command has to look for itself when a variable that counts differs between it and watch. */
  #compare(check: SnapshotCheck, question: Question): Answer {
    const { header } = check;
    const selection = check.selectionFor(question);
    if (selection === undefined || !sameEnvironmentFor(header, question.salt, question.env)) return LOOK;
    const { fresh, saved } = selection;
    if (question.command === "run") return { inc: VERSION, answer: "fresh", fresh, saved };
    if (this.#latest?.generation !== header.generation) return LOOK;
    const services = runningServices(this.#directory);
    const clusters = usedClusters(temporaryIn(this.#directory));
    return { inc: VERSION, answer: "fresh", fresh, saved, latest: this.#latest.run, services, clusters };
  }
}
