import type { Event, Summary } from "../../model/event.ts";
import { describeReason } from "../explain/reason.ts";
import { printable } from "../text/printable.ts";
import { jsonReport } from "./json.ts";
import { frame, type OutputLogs, type PlainOptions, plainReport } from "./plain.ts";

/** Why a run of watch began. */
export interface Occasion {
  /** Workspace paths. */
  readonly paths: ReadonlySet<string>;
  readonly all: boolean;
  readonly retry: boolean;
}

export interface WatchReport {
  /** Where the page is. */
  serves(url: string): void;
  began(occasion: Occasion): void;
  /** @param versions What was published before this run, as `rates@2`. */
  published(versions: readonly string[]): void;
  event(event: Event): void;
  /** @param summary Undefined: nothing could be run. */
  ended(summary: Summary | undefined): void;
  show(what: "why" | "failures"): void;
}

export interface WatchReportOptions extends PlainOptions {
  readonly outputLogs: OutputLogs;
  /** Empties the screen before each run that does something. */
  readonly clear: boolean;
  /** How it is told that all is well again, or no longer. */
  readonly notify: Notify;
  /** The keys that are listened to, for people; undefined: there are none. */
  readonly keys: string | undefined;
}

/** `desktop`: by the terminal, which shows it when it can. */
export const NOTIFY = ["none", "bell", "desktop"] as const;
export type Notify = (typeof NOTIFY)[number];

const CLEAR = "\u001b[2J\u001b[3J\u001b[H";
/** How many of the changed paths are named. */
const NAMED = 3;

type Ended = Extract<Event, { readonly kind: "task-ended" }>;

/**
 * What changed, what ran again, how long it took, and what is not fresh. A run in which nothing came of the change is not
 * told at all.
 */
export function watchReport(options: WatchReportOptions): WatchReport {
  const { stdout } = options;
  const print = (text: string): void => void stdout.write(`${text}\n`);
  let first = true;
  let occasion: Occasion | undefined;
  let versions: readonly string[] = [];
  let held: Event[] | undefined;
  let plain = plainReport(options);
  let last: Ended[] = [];
  let isWell = true;
  /** By task, as long as it does not succeed. */
  const failures = new Map<string, Ended>();
  const open = (): void => {
    if (held === undefined) return;
    if (options.clear) stdout.write(CLEAR);
    if (!first && occasion !== undefined) print(`── ${describeOccasion(occasion, versions)}`);
    for (const event of held) plain.event(event);
    held = undefined;
  };
  return {
    serves: (url) => print(`page: ${url}`),
    began(next) {
      occasion = next;
      versions = [];
      held = [];
      last = [];
      void plain.close();
      plain = plainReport(options);
      if (first || next.retry) open();
    },
    published(next) {
      versions = next;
    },
    event(event) {
      if (event.kind === "task-ended" && event.result !== "fresh") last.push(event);
      if (event.kind === "task-ended") noteFailure(failures, event);
      if (held !== undefined && isNews(event)) open();
      // What services print comes whether anything runs or not.
      if (held === undefined || event.kind === "service-output") plain.event(event);
      else held.push(event);
    },
    ended(summary) {
      if (isWell !== (summary?.exit === 0)) stdout.write(notice(options.notify, summary));
      isWell = summary?.exit === 0;
      if (first) print(options.keys === undefined ? "watching for changes" : `watching for changes (${options.keys})`);
      first = false;
      held = undefined;
    },
    show(what) {
      if (what === "failures") for (const event of failures.values()) print(frame(event, options));
      if (what === "failures" && failures.size === 0) print("nothing has failed");
      if (what === "why") for (const event of last) print(`${printable(event.task)}  ${describeReason(event.reason)}`);
      if (what === "why" && last.length === 0) print("everything was fresh");
    },
  };
}

/** The events of all runs, one JSON object a line, and between them why each began and that it is quiet again. */
export function watchJson(stdout: { write(text: string): unknown }): WatchReport {
  const json = jsonReport(stdout);
  const write = (line: unknown): void => void stdout.write(`${JSON.stringify(line)}\n`);
  return {
    serves: (url) => write({ kind: "watch-page", url, time: Date.now() }),
    began: ({ paths, all }) => write({ kind: "watch-changed", paths: [...paths], all, time: Date.now() }),
    published: () => {},
    event: (event) => json.event(event),
    ended: (summary) => write({ kind: "watch-quiet", exit: summary?.exit ?? 2, time: Date.now() }),
    show: () => {},
  };
}

/** What failed before, and was left alone now, failed as it did then. */
function noteFailure(failures: Map<string, Ended>, event: Ended): void {
  if (event.failure !== undefined) failures.set(event.task, event);
  else if (event.result !== "failed" && event.result !== "skipped") failures.delete(event.task);
}

/** Control sequences: a bell; or what most terminals show as a notice (OSC 9), and some only so (OSC 777). */
function notice(how: Notify, summary: Summary | undefined): string {
  if (how === "none") return "";
  if (how === "bell") return "\u0007";
  const failed = summary?.failed ?? 0;
  const nothing = summary === undefined ? "nothing could be run" : "the manifest cannot be loaded";
  const text = summary?.exit === 0 ? "all is well again" : failed > 0 ? `${failed} failed` : nothing;
  return `\u001b]9;inc: ${text}\u0007\u001b]777;notify;inc;${text}\u0007`;
}

/** What failed before and was left alone is no news. */
function isNews(event: Event): boolean {
  if (event.kind === "attempt-started" || event.kind === "lock-waiting" || event.kind === "output-removed") return true;
  if (event.kind === "service-started" || event.kind === "service-ready" || event.kind === "service-ended") return true;
  if (event.kind !== "task-ended") return false;
  if (event.result === "failed") return event.reason.kind !== "failed-before";
  return event.result !== "fresh" && event.result !== "skipped";
}

/** What a run is about, in a line. */
export function describeOccasion({ paths, all, retry }: Occasion, versions: readonly string[] = []): string {
  const published =
    versions.length === 0
      ? ""
      : `${versions.map(printable).join(", ")} ${versions.length === 1 ? "was" : "were"} published`;
  const [one, two, three] = [...paths].map(printable);
  const named = [one, two, three].filter((path) => path !== undefined);
  if (named.length === 0) return published || (retry ? "asked for" : "what is not watched may have changed");
  const more = paths.size > NAMED ? `, +${paths.size - NAMED} more` : "";
  return `${named.join(", ")}${more} changed${published && `, ${published}`}${all ? ", and perhaps more" : ""}`;
}
