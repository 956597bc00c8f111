import type { Diagnostic } from "../model/diagnostic.ts";
import type { Result } from "../model/result.ts";

/** Which version of an object is meant. */
export type Selector =
  | { readonly kind: "latest" }
  /** By its number. What is not, may be the beginning of a digest that has no letter. */
  | { readonly kind: "number"; readonly n: number; readonly prefix?: string }
  /** The latest one of that moment, in milliseconds since the epoch. */
  | { readonly kind: "time"; readonly time: number }
  /** The latest one whose digest begins so: at least four hexadecimal characters, in lower case. */
  | { readonly kind: "digest"; readonly prefix: string };

const UNITS: readonly (readonly [name: RegExp, milliseconds: number])[] = [
  [/^(s|sec|secs|second|seconds)$/, 1000],
  [/^(m|min|mins|minute|minutes)$/, 60_000],
  [/^(h|hr|hrs|hour|hours)$/, 3_600_000],
  [/^(d|day|days)$/, 86_400_000],
  [/^(w|week|weeks)$/, 7 * 86_400_000],
];

/** A calendar date, with or without a time; without a zone it is in the local one. */
const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * Reads the text after the `@` of a reference; undefined: it is no selector, so the `@` belongs to a name.
 * @param now Milliseconds since the epoch, for times relative to now.
 */
export function parseSelector(text: string, now: number): Result<Selector> | undefined {
  if (text === "latest") return { ok: true, value: { kind: "latest" } };
  if (/^\d+$/.test(text))
    return { ok: true, value: { kind: "number", n: Number(text), ...(text.length < 4 ? {} : { prefix: text }) } };
  if (/^[0-9a-f]{4,64}$/i.test(text)) return { ok: true, value: { kind: "digest", prefix: text.toLowerCase() } };
  const moment = /^\{([^{}]*)\}$/.exec(text)?.[1];
  if (moment === undefined) return undefined;
  const time = parseMoment(moment.trim(), now);
  return time === undefined
    ? { ok: false, diagnostics: [unreadable(moment)] }
    : { ok: true, value: { kind: "time", time } };
}

/** How a selector is written, for messages. */
export function describeSelector(selector: Selector): string {
  if (selector.kind === "latest") return "@latest";
  if (selector.kind === "number") return `@${selector.prefix ?? selector.n}`;
  return selector.kind === "time" ? `@{${new Date(selector.time).toISOString()}}` : `@${selector.prefix}`;
}

function parseMoment(text: string, now: number): number | undefined {
  if (text === "now") return now;
  if (text === "yesterday") return now - 86_400_000;
  const ago = /^(\d+(?:\.\d+)?|an?)\s*([a-z]+)\s+ago$/i.exec(text);
  if (ago !== null) {
    const unit = UNITS.find(([name]) => name.test((ago[2] as string).toLowerCase()));
    const count = /^an?$/i.test(ago[1] as string) ? 1 : Number(ago[1]);
    return unit === undefined ? undefined : now - count * unit[1];
  }
  const date = DATE.exec(text);
  if (date === null) return undefined;
  // A bare date would be read as midnight in UTC.
  const time = Date.parse(date[1] === undefined ? `${text}T00:00` : text.replace(" ", "T"));
  return Number.isNaN(time) || !isDay(text.slice(0, 10)) ? undefined : time;
}

/** False for a day that its month does not have: a Date would go on into the next one. */
function isDay(date: string): boolean {
  const time = Date.parse(`${date}T00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

function unreadable(moment: string): Diagnostic {
  return {
    code: "INC1023",
    severity: "error",
    message: `"@{${moment}}" is no time`,
    help: ["write it as @{2 hours ago}, @{yesterday}, @{2026-11-01} or @{2026-11-01T10:00}"],
  };
}
