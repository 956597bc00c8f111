import type { Event, Summary } from "../../model/event.ts";
import { printable } from "../../model/printable.ts";
import { describeReason } from "../explain/reason.ts";
import { jsonReport } from "./json.ts";
import { frame, noteFailure, type OutputLogs, type PlainOptions, plainReport } from "./plain.ts";
import type { Report } from "./report.ts";

/** Why a run of watch began. */
export interface Occasion {
  /** Workspace paths. */
  readonly paths: ReadonlySet<string>;
  readonly all: boolean;
  readonly retry: boolean;
}

export interface WatchReport {
  /** @param url The address of the page. */
  serves(url: string): void;
  began(occasion: Occasion): void;
  /** @param versions Those published since the previous run, as `rates@2`. */
  published(versions: readonly string[]): void;
  event(event: Event): void;
  /** @param summary Undefined: nothing could be run. */
  ended(summary: Summary | undefined): void;
  /** No change is left that the runs so far have not taken. */
  quiet(): void;
  show(what: "why" | "failures"): void;
}

export interface WatchReportOptions extends PlainOptions {
  readonly outputLogs: OutputLogs;
  /** Empties the screen before each run that does something. */
  readonly clear: boolean;
  /** How watch notifies that all is well again, or no longer. */
  readonly notify: Notify;
  /** Describes the keys that watch listens to; undefined: it listens to none. */
  readonly keys: string | undefined;
}

/** `desktop`: the terminal shows a notification, if it can. */
export const NOTIFICATIONS = ["none", "bell", "desktop"] as const;
export type Notify = (typeof NOTIFICATIONS)[number];

const CLEAR = "\u001b[2J\u001b[3J\u001b[H";
/** How many changed paths are named. */
const NAMED = 3;

type Ended = Extract<Event, { readonly kind: "task-ended" }>;

/**
 * Prints what changed, what ran again, how long it took, and what is not fresh. Of a run in which the change had no
 * effect it prints nothing.
 */
export function watchReport(options: WatchReportOptions): WatchReport {
  return new TextReport(options);
}

class TextReport implements WatchReport {
  readonly #options: WatchReportOptions;
  #isFirst = true;
  #occasion: Occasion | undefined;
  #versions: readonly string[] = [];
  /** Events of a run that has shown nothing yet; undefined: it has. */
  #held: Event[] | undefined;
  #plain: Report;
  /** What the last run did. */
  #last: Ended[] = [];
  #isWell = true;
  /** By task, until it succeeds or is gone. */
  readonly #failures = new Map<string, Ended>();
  /** The tasks of which the run that goes on has said how they ended. */
  readonly #ended = new Set<string>();

  constructor(options: WatchReportOptions) {
    this.#options = options;
    this.#plain = plainReport(options);
  }

  serves(url: string): void {
    this.#print(`page: ${url}`);
  }

  began(occasion: Occasion): void {
    this.#occasion = occasion;
    this.#versions = [];
    this.#held = [];
    this.#last = [];
    this.#ended.clear();
    void this.#plain.close();
    this.#plain = plainReport(this.#options);
    if (this.#isFirst || occasion.retry) this.#open();
  }

  published(versions: readonly string[]): void {
    this.#versions = versions;
  }

  event(event: Event): void {
    if (event.kind === "task-ended" && event.result !== "fresh") this.#last.push(event);
    if (event.kind === "task-ended") this.#noteEnd(event);
    if (this.#held !== undefined && isNews(event)) this.#open();
    // Services print whether anything runs or not.
    if (this.#held === undefined || event.kind === "service-output") this.#plain.event(event);
    else this.#held.push(event);
  }

  ended(summary: Summary | undefined): void {
    const { notify, keys, stdout } = this.#options;
    if (summary !== undefined) this.#forgetGone();
    const wasWell = this.#isWell;
    const isWell = summary?.exit === 0;
    if (wasWell !== isWell) stdout.write(notice(notify, summary));
    this.#isWell = isWell;
    if (isWell && !wasWell) this.#recovered();
    if (this.#isFirst) this.#print(keys === undefined ? "watching for changes" : `watching for changes (${keys})`);
    this.#isFirst = false;
    this.#held = undefined;
  }

  /** A person sees that no other run follows. */
  quiet(): void {}

  show(what: "why" | "failures"): void {
    const lines =
      what === "failures"
        ? [...this.#failures.values()].map((event) => frame(event, this.#options))
        : this.#last.map(({ task, reason }) => `${printable(task)}  ${describeReason(reason)}`);
    for (const line of lines) this.#print(line);
    if (lines.length === 0) this.#print(what === "failures" ? "nothing has failed" : "everything was fresh");
  }

  #noteEnd(event: Ended): void {
    noteFailure(this.#failures, event);
    this.#ended.add(event.task);
  }

  /** A run says of each task that there is how it ended. */
  #forgetGone(): void {
    for (const task of this.#failures.keys()) if (!this.#ended.has(task)) this.#failures.delete(task);
  }

  /** Without this, a fixed manifest with fresh tasks would leave its error as the last word. */
  #recovered(): void {
    if (this.#held === undefined || this.#occasion === undefined) return;
    this.#print(`── ${describeOccasion(this.#occasion, this.#versions)}`);
    this.#print("all is well again");
  }

  /** Prints what the run has emitted so far, below what it is about. */
  #open(): void {
    if (this.#held === undefined) return;
    if (this.#options.clear) this.#options.stdout.write(CLEAR);
    if (!this.#isFirst && this.#occasion !== undefined)
      this.#print(`── ${describeOccasion(this.#occasion, this.#versions)}`);
    for (const event of this.#held) this.#plain.event(event);
    this.#held = undefined;
  }

  #print(text: string): void {
    this.#options.stdout.write(`${text}\n`);
  }
}

/**
 * Prints the events of all runs, one JSON object a line, and between them why each run began and when watch is quiet
 * again.
 */
export function watchJson(stdout: { write(text: string): unknown }): WatchReport {
  const json = jsonReport(stdout);
  const write = (line: unknown): void => void stdout.write(`${JSON.stringify(line)}\n`);
  let exit = 0;
  return {
    serves: (url) => write({ kind: "watch-page", url, time: Date.now() }),
    began: ({ paths, all }) => write({ kind: "watch-changed", paths: [...paths], all, time: Date.now() }),
    published: () => {},
    event: (event) => json.event(event),
    ended: (summary) => {
      exit = summary?.exit ?? 2;
    },
    quiet: () => write({ kind: "watch-quiet", exit, time: Date.now() }),
    show: () => {},
  };
}

/**
 * Control sequences: the bell, or a desktop notification as most terminals understand it (OSC 9) and some others (OSC
 * 777).
 */
function notice(how: Notify, summary: Summary | undefined): string {
  if (how === "none") return "";
  if (how === "bell") return "\u0007";
  const failed = summary?.failed ?? 0;
  const nothing = summary === undefined ? "nothing could be run" : "the manifest cannot be loaded";
  const text = summary?.exit === 0 ? "all is well again" : failed > 0 ? `${failed} failed` : nothing;
  return `\u001b]9;inc: ${text}\u0007\u001b]777;notify;inc;${text}\u0007`;
}

/** True for an event that is worth showing a run for. A task that failed before and was not tried again is not. */
function isNews(event: Event): boolean {
  if (event.kind === "attempt-started" || event.kind === "lock-waiting" || event.kind === "output-removed") return true;
  if (event.kind === "service-started" || event.kind === "service-ready" || event.kind === "service-ended") return true;
  if (event.kind !== "task-ended") return false;
  if (event.result === "failed") return event.reason.kind !== "failed-before";
  return event.result !== "fresh" && event.result !== "skipped";
}

/** Says in a line why a run began. */
export function describeOccasion({ paths, all, retry }: Occasion, versions: readonly string[] = []): string {
  const published =
    versions.length === 0
      ? ""
      : `${versions.map(printable).join(", ")} ${versions.length === 1 ? "was" : "were"} published`;
  const [one, two, three] = [...paths].map(printable);
  const named = [one, two, three].filter((path) => path !== undefined);
  if (named.length === 0)
    return published || (retry ? "rerun requested" : "files that are not watched may have changed");
  const more = paths.size > NAMED ? `, +${paths.size - NAMED} more` : "";
  return `${named.join(", ")}${more} changed${published && `, ${published}`}${all ? ", and perhaps more" : ""}`;
}
