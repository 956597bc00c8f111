import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Attempt, AttemptResult } from "../executor.ts";
import { readLog } from "../log-files.ts";
import type { Connection } from "./connect.ts";
import { RayLog } from "./log.ts";
import { madeProblems, placeMade } from "./place-made.ts";
import { lostCluster, refused } from "./problems.ts";
import type { AttemptEvent, Ended, Made, MadeFile, RaySpec, Refusal } from "./protocol.ts";
import { concludePython } from "./python.ts";
import type { ContentNames, SentInputs } from "./send-inputs.ts";
import { copyUnchanged, removeCopies } from "./unchanged.ts";
import { undeclaredInputs } from "./undeclared.ts";

/** How much of a failing command's log is searched for files that it missed, in bytes. */
const LOG_TAIL = 16_384;

/** An attempt that the cluster is asked for. */
export interface Asked {
  readonly spec: RaySpec;
  readonly sent: SentInputs;
  readonly display: string;
}

/** What it is asked by, and where its outputs go. */
interface Around extends Connection {
  /** Absolute path of the workspace. */
  readonly root: string;
  /** Absolute path of a directory for files that come. */
  readonly temporary: string;
  readonly names: ContentNames;
  /** Called with the name of the node when it begins there, perhaps anew on another one. */
  readonly onPlaced: (host: string) => void;
  /** Called when nothing of it runs any more, and outputs have yet to come. */
  readonly onMade: () => void;
  /** Called when it has to run anew after that. Resolves once it may. */
  readonly onAgain: () => Promise<void>;
}

/** One attempt on the cluster, from the request to its end. */
export class RayAttempt {
  readonly #attempt: Attempt;
  readonly #asked: Asked;
  readonly #around: Around;
  readonly #log: RayLog;
  #place: Extract<AttemptEvent, { readonly type: "started" }> | undefined;
  /** What it has made and this machine has, by SHA-256: absolute paths of copies. */
  #unchanged: ReadonlyMap<string, string> = new Map();
  #choosing: Promise<void> = Promise.resolve();

  constructor(attempt: Attempt, asked: Asked, around: Around) {
    this.#attempt = attempt;
    this.#asked = asked;
    this.#around = around;
    this.#log = new RayLog(attempt);
  }

  /** `undelivered`: the driver ended before any node had the attempt. */
  async run(): Promise<AttemptResult | "undelivered"> {
    const { signal } = this.#attempt;
    const { driver } = this.#around;
    const { spec, sent } = this.#asked;
    const cancel = (): void => driver.send({ type: "cancel", id: spec.id });
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const end = await new Promise<AttemptEvent | "gone">((resolve) => {
        driver.execute(spec, sent.blobs, (event) => this.#take(event, resolve));
        if (signal.aborted) cancel();
      });
      const result = this.#conclude(end);
      return end === "gone" && this.#place === undefined && !signal.aborted
        ? "undelivered"
        : { ...result, ...this.#where() };
    } finally {
      signal.removeEventListener("abort", cancel);
      await this.#choosing;
      removeCopies(this.#unchanged);
    }
  }

  #take(event: AttemptEvent | "gone", resolve: (end: AttemptEvent | "gone") => void): void {
    if (event === "gone") resolve(event);
    else if (event.type === "log") this.#log.push(Buffer.from(event.data, "base64"));
    else if (event.type === "progress") this.#attempt.onProgress(event.done, event.total);
    else if (event.type === "made") this.#choosing = this.#choose(event.files);
    else if (event.type === "again") void this.#goOn();
    else if (event.type === "started") {
      if (this.#place === undefined) this.#attempt.onStart(this.#asked.display);
      this.#place = event;
      this.#log.begin(event.host);
      this.#around.onPlaced(event.host);
    } else resolve(event);
  }

  async #goOn(): Promise<void> {
    await this.#around.onAgain();
    this.#around.driver.send({ type: "go", id: this.#asked.spec.id });
  }

  /** Has those of its outputs come that are not what they were before. */
  async #choose(files: readonly MadeFile[]): Promise<void> {
    const { driver, names, temporary, onMade } = this.#around;
    onMade();
    removeCopies(this.#unchanged);
    this.#unchanged = await copyUnchanged(files, { attempt: this.#attempt, names, temporary });
    const wanted = files.map(({ sha256 }) => sha256).filter((sha256) => !this.#unchanged.has(sha256));
    driver.send({ type: "want", id: this.#asked.spec.id, names: wanted });
  }

  #where(): Partial<AttemptResult> {
    const { ready } = this.#around;
    const place = this.#place;
    if (place === undefined) return {};
    return { host: place.host, cluster: { ray: ready.ray, node: place.node, task: place.task } };
  }

  #conclude(end: AttemptEvent | "gone"): AttemptResult {
    const { task } = this.#attempt.command;
    const logSize = this.#log.end();
    if (end === "gone") {
      if (this.#attempt.signal.aborted) return { outcome: "cancelled", duration: 0, logSize };
      return { ...unstarted({ diagnostics: [lostCluster(task, this.#around.driver.words)] }), logSize };
    }
    if (end.type === "refused") return { ...this.#refused(end.refused), logSize };
    if (end.type !== "ended") return { outcome: "cancelled", duration: 0, logSize };
    const { ended, cause, strays, duration } = end;
    const result = { duration, logSize, ...ended, ...(strays.length === 0 ? {} : { strays }) };
    if (end.report !== undefined) return this.#concludePython(end, { outcome: cause ?? "ok", ...result });
    if (cause !== null) return { outcome: cause, ...result };
    if (ended.exit !== 0) return { outcome: "failed", ...result, ...this.#missed(end, logSize) };
    const problems = this.#placeMade(end);
    return problems.length === 0
      ? { outcome: "ok", ...result }
      : { outcome: "failed", ...result, diagnostics: problems };
  }

  #concludePython(end: Ended, result: AttemptResult): AttemptResult {
    const concluded = concludePython(this.#attempt, result, end, {
      root: this.#around.root,
      brought: this.#asked.sent.inputs,
    });
    if (concluded.outcome !== "ok") return concluded;
    const problems = this.#placeMade(end);
    return problems.length === 0 ? concluded : { ...concluded, outcome: "failed", diagnostics: problems };
  }

  #refused(why: Refusal): AttemptResult {
    return unstarted({ diagnostics: [refused(this.#attempt.command.task, why, this.#place?.host ?? "the cluster")] });
  }

  #placeMade({ made }: Ended): readonly Diagnostic[] {
    const { task } = this.#attempt.command;
    if (made === undefined) return [];
    for (const { digest, sha256, size } of placeMade(this.#whole(made), task, this.#around.root)) {
      this.#around.names.add(digest, sha256);
      this.#around.driver.send({ type: "name", digest, sha256, size });
    }
    return madeProblems(made, task);
  }

  #whole(made: Made): Made {
    const items = made.items.map((item) => {
      const copy = item.sha256 === undefined ? undefined : this.#unchanged.get(item.sha256);
      return copy === undefined ? item : { ...item, file: copy };
    });
    return { ...made, items };
  }

  /** What a failed command asked for that was not there. */
  #missed({ root: place }: Ended, logSize: number): Pick<AttemptResult, "diagnostics"> {
    if (logSize === 0) return {};
    const { log, command } = this.#attempt;
    const text = readLog(log)?.subarray(-LOG_TAIL).toString("utf8") ?? "";
    const brought = this.#asked.sent.inputs;
    const diagnostics = undeclaredInputs({ task: command.task, log: text, place, root: this.#around.root, brought });
    return defined({ diagnostics: diagnostics.length === 0 ? undefined : diagnostics });
  }
}

/** The result of an attempt whose command never ran. */
export function unstarted({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): AttemptResult {
  return { outcome: "failed", duration: 0, logSize: 0, diagnostics };
}
