import { extname } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { phase } from "../../host/phases.ts";
import { type Child, ownVariables, spawnCommand } from "../../host/process/process.ts";
import { killGroup } from "../../host/process/tree.ts";
import type { Digest } from "../../model/digest.ts";
import type { DataPlace } from "./data-place.ts";
import {
  type Answer,
  type AttemptEvent,
  type Failed,
  PROTOCOL,
  type RaySpec,
  type Ready,
  type Request,
} from "./protocol.ts";

/** The directory that holds the driver's package: beside this file, and where the bundle puts it. */
const PACKAGE = fileURLToPath(new URL(extname(import.meta.url) === ".ts" ? "." : "../execute/ray/", import.meta.url));
const START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from driver.main import main; main()";

/** How much of what the driver says on stderr is held for a message, in characters. */
const TAIL = 4000;

/** What a driver is started with. */
export interface DriverPlace {
  /** The interpreter: a path, or a name in PATH. */
  readonly python: string;
  /** As given; undefined: as Ray finds a cluster. */
  readonly address: string | undefined;
  /** Absolute path of the directory in which fetched files are put. */
  readonly temporary: string;
  readonly data: DataPlace;
}

/** The process has ended before it was connected. */
export interface Dead {
  readonly type: "dead";
  readonly python: string;
  /** Absent: it could not be started. */
  readonly words?: string;
}

/** The driver's process, which lives as long as something is executed. */
export class Driver {
  readonly #child: Child;
  readonly #attempts = new Map<string, (event: AttemptEvent | "gone") => void>();
  readonly #questions = new Map<string, (found: Found) => void>();
  readonly #opened: Promise<Ready | Failed | Dead>;
  #open: ((first: Ready | Failed | Dead) => void) | undefined;
  #asked = 0;
  #words = "";
  /** Digests of small files that it has. */
  readonly #small = new Set<Digest>();
  #isGone = false;

  constructor({ python, address, temporary, data }: DriverPlace) {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
    this.#child = spawnCommand({
      file: python,
      args: ["-B", "-c", START, PACKAGE],
      cwd: "/",
      env: ownVariables(),
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr] = this.#child.pipes;
    stderr?.on("data", (bytes: Buffer) => this.#hear(bytes));
    this.#child.input?.on("error", () => {});
    const isRead = stdout === undefined ? undefined : readLines(stdout, (line) => this.#take(line));
    void Promise.all([this.#child.exited, isRead]).then(([{ error }]) => this.#end(python, error !== undefined));
    this.#write({ protocol: PROTOCOL, address: address ?? null, temporary, data });
  }

  /** What its first word was. */
  get opened(): Promise<Ready | Failed | Dead> {
    return this.#opened;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** What it said last, for a message. */
  get words(): string {
    return this.#words.trim();
  }

  /** @param take Gets what becomes of the attempt, until it has ended or the driver is gone. */
  execute(spec: RaySpec, blobs: Readonly<Record<Digest, string>>, take: (event: AttemptEvent | "gone") => void): void {
    if (this.#isGone) {
      take("gone");
      return;
    }
    this.#attempts.set(spec.id, take);
    this.send({ type: "execute", spec, blobs });
    for (const digest of Object.keys(blobs)) this.#small.add(digest as Digest);
  }

  /** True when a small file came to it with an earlier request. */
  hasSmall(digest: Digest): boolean {
    return this.#small.has(digest);
  }

  /** Which of these digests the cluster holds: none, when the driver is gone. */
  find(digests: readonly Digest[]): Promise<Found> {
    if (this.#isGone) return Promise.resolve(new Map());
    this.#asked += 1;
    const id = `${this.#asked}`;
    const answered = new Promise<Found>((resolve) => this.#questions.set(id, resolve));
    this.send({ type: "find", id, digests });
    return answered;
  }

  send(request: Request): void {
    this.#write(request);
  }

  /** Has it end, and all that it has running on the cluster. */
  close(): void {
    this.#child.input?.end();
  }

  /** Ends it while it connects: it hears of nothing then. */
  kill(): void {
    if (this.#child.pid !== undefined) killGroup(this.#child.pid);
  }

  #write(message: object): void {
    this.#child.input?.write(`${JSON.stringify(message)}\n`);
  }

  #hear(words: string | Buffer): void {
    this.#words = `${this.#words}${words}`.slice(-TAIL);
  }

  #take(line: string): void {
    const answer = answerIn(line);
    if (answer === undefined) {
      this.#hear(`${line}\n`);
      return;
    }
    switch (answer.type) {
      case "ready":
      case "failed":
        this.#open?.(answer);
        return;
      case "found":
        this.#questions.get(answer.id)?.(new Map(Object.entries(answer.found) as FoundRow[]));
        this.#questions.delete(answer.id);
        return;
      case "sent":
        phase(
          "execute",
          "sent to the cluster",
          () => {},
          () => `${answer.size} bytes`,
        );
        return;
      default:
        this.#attempts.get(answer.id)?.(answer);
        if (!isUnderWay(answer)) this.#attempts.delete(answer.id);
    }
  }

  #end(python: string, isUnstarted: boolean): void {
    this.#isGone = true;
    this.#open?.({ type: "dead", python, ...(isUnstarted ? {} : { words: this.words }) });
    for (const take of this.#attempts.values()) take("gone");
    this.#attempts.clear();
    for (const answer of this.#questions.values()) answer(new Map());
    this.#questions.clear();
  }
}

/** Undefined: what started the driver, or is in its place, has said something else. */
function answerIn(line: string): Answer | undefined {
  if (!line.startsWith('{"')) return undefined;
  try {
    return JSON.parse(line) as Answer;
  } catch {
    return undefined;
  }
}

/** Lines of any length. Resolves when the stream has ended. */
function readLines(input: Readable, take: (line: string) => void): Promise<void> {
  return new Promise((resolve) =>
    createInterface({ input })
      .on("line", take)
      .once("close", () => resolve()),
  );
}

type FoundRow = [Digest, readonly [sha256: string, size: number]];

/** BLAKE3 → SHA-256 and size in bytes. */
export type Found = ReadonlyMap<Digest, readonly [sha256: string, size: number]>;

/** True for an event after which the attempt goes on. */
function isUnderWay({ type }: AttemptEvent): boolean {
  return type !== "ended" && type !== "refused" && type !== "cancelled";
}
