import { isObject, type Json, type JsonObject, memberPointer, parseJson } from "../json.ts";
import type { MergeConflict, Merged } from "./merged.ts";

/** Stands for a member that is not there. */
const ABSENT = Symbol("absent");
type Maybe = Json | typeof ABSENT;

/**
 * Merges JSON by pointer (RFC 6901). Objects merge member by member; anything else is one value, which both sides may not
 * have changed differently. Members stay in the order of our side; those of their side alone follow. Numbers that JavaScript
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
  const merge = new JsonMerge();
  const merged = merge.values("", { base: orAbsent(from), ours: orAbsent(mine), theirs: orAbsent(others) });
  if (merge.conflicts.length > 0) return { ok: false, conflicts: merge.conflicts };
  const text = merged === ABSENT ? "" : JSON.stringify(merged, undefined, indentOf(ours));
  return { ok: true, bytes: Buffer.from(text + (/\n$/.test(ours) ? "\n" : "")) };
}

/** What is at one place: in the base, and on either side. */
interface ThreeWay<T> {
  readonly base: T;
  readonly ours: T;
  readonly theirs: T;
}

/** One merge, and the conflicts that it came upon. */
class JsonMerge {
  readonly conflicts: MergeConflict[] = [];

  values(pointer: string, { base, ours, theirs }: ThreeWay<Maybe>): Maybe {
    if (equal(ours, theirs) || equal(base, theirs)) return ours;
    if (equal(base, ours)) return theirs;
    if (isObject(ours) && isObject(theirs))
      return this.#objects(pointer, { base: isObject(base) ? base : {}, ours, theirs });
    this.conflicts.push({ where: pointer === "" ? "the whole" : pointer, ours: shown(ours), theirs: shown(theirs) });
    return ours;
  }

  #objects(pointer: string, { base, ours, theirs }: ThreeWay<JsonObject>): Json {
    const merged: Record<string, Json> = Object.create(null);
    for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      const members: ThreeWay<Maybe> = {
        base: member(base, key),
        ours: member(ours, key),
        theirs: member(theirs, key),
      };
      const value = this.values(memberPointer(pointer, key), members);
      if (value !== ABSENT) merged[key] = value;
    }
    return merged;
  }
}

function member(object: JsonObject, key: string): Maybe {
  return Object.hasOwn(object, key) ? (object[key] as Json) : ABSENT;
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
    return loss === undefined ? { value } : { problem: `${loss} cannot be merged without loss` };
  } catch (error) {
    if (error instanceof RangeError) return { problem: "it is nested too deeply" };
    return { problem: `not valid JSON: ${(error as Error).message}` };
  }
}

/** Undefined: it is JSON, or empty. */
export function whyNoJson(text: string): string | undefined {
  if (text.trim() === "") return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return `not valid JSON: ${(error as Error).message}`;
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
