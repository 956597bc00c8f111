import { diffArrays } from "diff";
import type { ContentDifference, JsonChange } from "./difference.ts";
import { parseJson } from "./parse-json.ts";

/** Arrays without much in common take quadratic time to align: after so many milliseconds in all they are compared by index. */
const PATIENCE = 2000;

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

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
    compare("", old.value as Json, now.value as Json, into);
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

function compareObjects(
  pointer: string,
  before: { readonly [key: string]: Json },
  after: { readonly [key: string]: Json },
  into: Found,
): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const at = `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (!Object.hasOwn(after, key)) into.changes.push({ pointer: at, before: before[key] });
    else if (!Object.hasOwn(before, key)) into.changes.push({ pointer: at, after: after[key] });
    else compare(at, before[key] as Json, after[key] as Json, into);
  }
}

/** Elements that are the same stand for themselves wherever they are; between them the others are compared in pairs. */
function compareArrays(pointer: string, before: readonly Json[], after: readonly Json[], into: Found): void {
  let [oldAt, newAt] = [0, 0];
  let removed: readonly Json[] = [];
  const settle = (added: readonly Json[]): void => {
    for (let i = 0; i < Math.max(removed.length, added.length); i += 1) {
      if (i >= added.length) into.changes.push({ pointer: `${pointer}/${oldAt + i}`, before: removed[i] });
      else if (i >= removed.length) into.changes.push({ pointer: `${pointer}/${newAt + i}`, after: added[i] });
      else compare(`${pointer}/${newAt + i}`, removed[i] as Json, added[i] as Json, into);
    }
    oldAt += removed.length;
    newAt += added.length;
    removed = [];
  };
  for (const { kind, values } of align(before, after, into.until)) {
    if (kind === "removed") removed = values;
    else if (kind === "added") settle(values);
    else {
      settle([]);
      oldAt += values.length;
      newAt += values.length;
    }
  }
  settle([]);
}

interface Piece {
  readonly kind: "same" | "removed" | "added";
  readonly values: readonly Json[];
}

function align(before: readonly Json[], after: readonly Json[], until: number): readonly Piece[] {
  const left = until - performance.now();
  const aligned = left > 0 ? diffArrays(before.map(canonical), after.map(canonical), { timeout: left }) : undefined;
  if (aligned === undefined)
    return [
      { kind: "removed", values: before },
      { kind: "added", values: after },
    ];
  let [oldAt, newAt] = [0, 0];
  return aligned.map(({ added, removed, value }) => {
    const kind = added ? "added" : removed ? "removed" : "same";
    const values = added ? after.slice(newAt, newAt + value.length) : before.slice(oldAt, oldAt + value.length);
    if (!added) oldAt += value.length;
    if (!removed) newAt += value.length;
    return { kind, values } as const;
  });
}

/** The order of members does not count. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_, inner: Json) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
