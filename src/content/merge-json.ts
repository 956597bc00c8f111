import type { MergeConflict, Merged } from "./merged.ts";
import { parseJson } from "./parse-json.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Stands for a member that is not there. */
const ABSENT = Symbol("absent");
type Maybe = Json | typeof ABSENT;

/**
 * Merges JSON by pointer (RFC 6901). Objects merge member by member; anything else is one value, which both sides may not
 * have changed differently. Members keep the order of our side, those of theirs alone follow. Numbers that JavaScript
 * cannot hold exactly are refused rather than rounded.
 */
export function mergeJson(base: string, ours: string, theirs: string): Merged {
  const parsed = [base, ours, theirs].map(parse);
  const [from, mine, others] = parsed;
  const sides = parsed.map((result) => (result !== undefined && "problem" in result ? result.problem : undefined));
  const [ofBase, ofOurs, ofTheirs] = sides;
  if (ofBase !== undefined)
    return {
      ok: false,
      conflicts: [{ where: `the whole (what both began with: ${ofBase})`, ours: "JSON", theirs: "JSON" }],
    };
  if (ofOurs !== undefined || ofTheirs !== undefined)
    return { ok: false, conflicts: [{ where: "the whole", ours: ofOurs ?? "JSON", theirs: ofTheirs ?? "JSON" }] };
  const conflicts: MergeConflict[] = [];
  const merged = merge("", orAbsent(from), orAbsent(mine), orAbsent(others), conflicts);
  if (conflicts.length > 0) return { ok: false, conflicts };
  const text = merged === ABSENT ? "" : JSON.stringify(merged, undefined, indentOf(ours));
  return { ok: true, bytes: Buffer.from(text + (/\n$/.test(ours) ? "\n" : "")) };
}

function merge(pointer: string, base: Maybe, ours: Maybe, theirs: Maybe, conflicts: MergeConflict[]): Maybe {
  if (equal(ours, theirs) || equal(base, theirs)) return ours;
  if (equal(base, ours)) return theirs;
  if (isObject(ours) && isObject(theirs))
    return mergeObjects(pointer, isObject(base) ? base : {}, ours, theirs, conflicts);
  conflicts.push({ where: pointer === "" ? "the whole" : pointer, ours: shown(ours), theirs: shown(theirs) });
  return ours;
}

function mergeObjects(
  pointer: string,
  base: { readonly [key: string]: Json },
  ours: { readonly [key: string]: Json },
  theirs: { readonly [key: string]: Json },
  conflicts: MergeConflict[],
): Json {
  const merged: Record<string, Json> = Object.create(null);
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const at = `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const value = merge(at, member(base, key), member(ours, key), member(theirs, key), conflicts);
    if (value !== ABSENT) merged[key] = value;
  }
  return merged;
}

function member(object: { readonly [key: string]: Json }, key: string): Maybe {
  return Object.hasOwn(object, key) ? (object[key] as Json) : ABSENT;
}

function isObject(value: Maybe): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The order of members does not count. */
function equal(a: Maybe, b: Maybe): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => equal(member(a, key), member(b, key)));
}

type Parsed = { readonly value: Maybe } | { readonly problem: string };

function parse(text: string): Parsed {
  if (text.trim() === "") return { value: ABSENT };
  try {
    const { value, loss } = parseJson(text);
    return loss === undefined ? { value: value as Json } : { problem: `${loss} cannot be merged without loss` };
  } catch (error) {
    if (error instanceof RangeError) return { problem: "it is nested too deeply" };
    return { problem: `no JSON: ${(error as Error).message}` };
  }
}

/** Undefined: it is JSON, or empty. */
export function whyNoJson(text: string): string | undefined {
  if (text.trim() === "") return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return `no JSON: ${(error as Error).message}`;
  }
}

function orAbsent(parsed: Parsed | undefined): Maybe {
  return parsed !== undefined && "value" in parsed ? parsed.value : ABSENT;
}

/** As our side is written: the white space before its first member. */
function indentOf(text: string): string {
  return /^\s*[[{]\r?\n([ \t]+)/.exec(text)?.[1] ?? "";
}

function shown(value: Maybe): string {
  if (value === ABSENT) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
