import { isObject, type Json, type JsonObject, memberPointer, parseJson } from "../json.ts";
import { align, paired } from "./align.ts";
import type { ContentDifference, JsonChange } from "./difference.ts";

/** Arrays without much in common take quadratic time to align: after so many milliseconds in all they are compared by index. */
const PATIENCE = 2000;

/**
 * By pointer. Undefined: one of them is no JSON, or holds what JavaScript cannot, or is too deep; or their
 * values are the same, so that only the text differs.
 */
export function diffJson(before: string, after: string): ContentDifference | undefined {
  try {
    const [old, now] = [parseJson(before), parseJson(after)];
    if (old.loss !== undefined || now.loss !== undefined) return undefined;
    const changes: JsonChange[] = [];
    const into = { changes, until: performance.now() + PATIENCE };
    compare("", old.value, now.value, into);
    return changes.length === 0 ? undefined : { kind: "json", changes };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Found {
  readonly changes: JsonChange[];
  /** When patience ends, by `performance.now`. */
  readonly until: number;
}

function compare(pointer: string, before: Json, after: Json, into: Found): void {
  if (Array.isArray(before) && Array.isArray(after)) compareArrays(pointer, before, after, into);
  else if (isObject(before) && isObject(after)) compareObjects(pointer, before, after, into);
  else if (before !== after) into.changes.push({ pointer, before, after });
}

function compareObjects(pointer: string, before: JsonObject, after: JsonObject, into: Found): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const at = memberPointer(pointer, key);
    if (!Object.hasOwn(after, key)) into.changes.push({ pointer: at, before: before[key] as Json });
    else if (!Object.hasOwn(before, key)) into.changes.push({ pointer: at, after: after[key] as Json });
    else compare(at, before[key] as Json, after[key] as Json, into);
  }
}

function compareArrays(pointer: string, before: readonly Json[], after: readonly Json[], into: Found): void {
  const left = into.until - performance.now();
  const aligned = align(before, after, canonical, left) ?? paired(before.length, after.length);
  for (const { old, now } of aligned) {
    if (now === undefined) into.changes.push({ pointer: `${pointer}/${old}`, before: before[old as number] as Json });
    else if (old === undefined) into.changes.push({ pointer: `${pointer}/${now}`, after: after[now] as Json });
    else compare(`${pointer}/${now}`, before[old] as Json, after[now] as Json, into);
  }
}

/** The order of members does not count. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_, inner: Json) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
