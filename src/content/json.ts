import { readJson } from "./read-json.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** A JSON value, and why writing it would not give what was read. */
export interface ParsedJson {
  readonly value: Json;
  /** A number that JavaScript cannot hold, or a member that occurs twice: the first of them. */
  readonly loss?: string;
}

/** Throws what JSON.parse throws. */
export function parseJson(text: string): ParsedJson {
  let inexact: string | undefined;
  const value = readJson(text, (_, item, context) => {
    if (typeof item === "number" && context?.source !== undefined && !isExact(context.source, item))
      inexact ??= context.source;
    return item;
  }) as Json;
  const twice = inexact === undefined ? duplicateMember(text) : undefined;
  if (inexact !== undefined) return { value, loss: `the number ${inexact}` };
  return twice === undefined ? { value } : { value, loss: `the member ${JSON.stringify(twice)}, which stands twice` };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The pointer to a member of what a pointer leads to (RFC 6901). */
export function memberPointer(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** True when writing the number gives the same value that was read, digit by digit. */
function isExact(source: string, value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0) && decimal(source) === decimal(String(value));
}

/** Sign, digits without zeros at either end, and the power of ten of the last digit. */
function decimal(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** A member's name that an object has twice; JSON.parse silently takes the last. The text is valid JSON. */
export function duplicateMember(text: string): string | undefined {
  const objects: (Set<string> | undefined)[] = [];
  for (const [token, , colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === "{") objects.push(new Set());
    else if (token === "[") objects.push(undefined);
    else if (token === "}" || token === "]") objects.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, token.length - colon.length)) as string;
      const names = objects.at(-1);
      if (names?.has(name) === true) return name;
      names?.add(name);
    }
  }
  return undefined;
}
