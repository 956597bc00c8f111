import canonicalize from "canonicalize";
import type { ValueFormat } from "../model/graph.ts";
import { duplicateMember, type Json, type JsonObject } from "./json.ts";
import { readJson } from "./read-json.ts";

/** The largest value, in bytes: it is parsed as a whole, by inc and by each function that reads it. */
export const LARGEST_VALUE = 16 * 1024 * 1024;

/** Why bytes are no value: what they are instead, and what to do about it. */
export interface ValueProblem {
  readonly what: string;
  readonly help: string;
  /** Of the first byte that is wrong, counted from 1. */
  readonly place?: { readonly line: number; readonly column: number; readonly text: string };
}

export type CanonicalValue =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly problem: ValueProblem };

/**
 * The one form of a value (RFC 8785): keys in the order of their UTF-16 units, no white space, numbers as JavaScript writes them.
 * Two printouts of the same value have the same digest.
 */
export function canonicalValue(bytes: Uint8Array, format: ValueFormat): CanonicalValue {
  if (bytes.length > LARGEST_VALUE) return refuse(tooLarge(bytes.length));
  const text = decode(bytes);
  if (text === undefined) return refuse({ what: "is not UTF-8", help: "print UTF-8, or make a file: out(path)" });
  if (format === "lines") return written(linesOf(text));
  const parsed = parsedValue(text);
  return "problem" in parsed ? refuse(parsed.problem) : written(parsed.value, parsed.text);
}

/** @param stringified What JSON.stringify makes of the value, if that is known. */
function written(value: Json, stringified?: string): CanonicalValue {
  let text: string;
  try {
    text = canonicalText(value, stringified) ?? (canonicalize(value) as string);
  } catch (error) {
    // All else that it refuses was parsed, and so cannot be there.
    return refuse({ what: `holds half of a character (${(error as Error).message})`, help: "print well-formed text" });
  }
  const bytes = Buffer.from(text);
  return bytes.length > LARGEST_VALUE ? refuse(tooLarge(bytes.length)) : { ok: true, bytes };
}

/**
 * The canonical text of a value whose keys are in order already, as in most that a program prints: JSON.stringify differs from RFC 8785 in
 * the order of keys and in halves of characters alone, and takes a tenth of the time. Undefined: it is not that simple.
 */
function canonicalText(value: Json, known: string | undefined): string | undefined {
  const text = isInOrder(value) ? (known ?? stringified(value)) : undefined;
  return text?.includes("\\ud") === true ? undefined : text;
}

/** True when the keys of all objects in a value are in the order of their UTF-16 units. */
function isInOrder(value: Json): boolean {
  const open: Json[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null) continue;
    if (Array.isArray(next)) {
      for (const item of next as readonly Json[]) if (typeof item === "object") open.push(item);
      continue;
    }
    let before = "";
    for (const name of Object.keys(next)) {
      if (name < before) return false;
      before = name;
      const item = (next as JsonObject)[name] as Json;
      if (typeof item === "object") open.push(item);
    }
  }
  return true;
}

/** Undefined: it is nested more deeply than JSON.stringify goes. */
function stringified(value: Json): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function refuse(problem: ValueProblem): CanonicalValue {
  return { ok: false, problem };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Without the line feed that ends the last one; `\r\n` ends a line as well. */
function linesOf(text: string): readonly string[] {
  if (text === "") return [];
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}

interface ParsedValue {
  readonly value: Json;
  /** What JSON.stringify makes of it, if it was written so. */
  readonly text?: string;
}

/** JSON of which nothing would be lost, or why it is none. */
export function parsedValue(text: string): ParsedValue | { readonly problem: ValueProblem } {
  const trimmed = text.trim();
  if (trimmed === "") return { problem: { what: "is empty", help: "let the command print JSON, such as null" } };
  try {
    const value = readJson(text) as Json;
    // What is written as it was read has lost nothing, and to look for what may have been lost takes longer than all the rest.
    if (stringified(value) === trimmed) return { value, text: trimmed };
    const lost = LARGE_NUMBER.test(text) ? lostNumber(text) : undefined;
    if (lost !== undefined)
      return {
        problem: {
          what: `holds the number ${lost}, which JavaScript cannot hold`,
          help: "print it as a string: JSON has no integers beyond 2^53 that all readers agree on (RFC 8785)",
        },
      };
    const twice = duplicateMember(text);
    if (twice === undefined) return { value };
    const help = "print each name once: readers disagree on which one counts";
    return { problem: { what: `holds an object with two members ${JSON.stringify(twice)}`, help } };
  } catch (error) {
    if (error instanceof RangeError) return { problem: { what: "is nested too deeply", help: "print it flatter" } };
    return { problem: notJson(text, error as Error) };
  }
}

/** A number that may not fit. */
const LARGE_NUMBER = /\d{16}|\d[eE]\+?\d{3}/;

/** The first number that JavaScript cannot hold. It recurses, so it is looked for only where there may be one. */
function lostNumber(text: string): string | undefined {
  let lost: string | undefined;
  JSON.parse(text, (_: string, item: unknown, context?: { source?: string }) => {
    if (typeof item === "number" && !isKept(context?.source, item)) lost ??= context?.source;
    return item;
  });
  return lost;
}

/** An integer has to stay what it was; other numbers are rounded, as by each reader of JSON. */
function isKept(source: string | undefined, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (Number.isSafeInteger(value) || source === undefined || !/^-?\d+$/.test(source)) return true;
  return BigInt(source) === BigInt(value);
}

function notJson(text: string, { message }: Error): ValueProblem {
  const at = Number(/position (\d+)/.exec(message)?.[1] ?? Number.NaN);
  const offset = Number.isNaN(at) ? text.length : at;
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  const [line = ""] = text.slice(start, start + 200).split("\n");
  return {
    what: "is not JSON",
    help: 'print JSON alone, and all else on standard error (>&2); or take the lines as they are: value: "lines"',
    place: { line: before.split("\n").length, column: offset - start + 1, text: line },
  };
}

function tooLarge(size: number): ValueProblem {
  const megabytes = (size / 1024 / 1024).toFixed(1);
  return { what: `is ${megabytes} MiB, and a value has at most 16 MiB`, help: "make a file of it: out(path)" };
}
