import { diffArrays } from "diff";
import type { ContentDifference, JsonChange } from "./difference.ts";
import { parseJson } from "./parse-json.ts";

/** Arrays without much in common take quadratic time to align: from here on, milliseconds, they are compared by index. */
const PATIENCE = 2000;

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * By pointer. Undefined: one of them is no JSON, or holds numbers that JavaScript cannot hold, or is too deep; or their
 * values are the same, so that only the text differs.
 */
export function diffJson(before: string, after: string): ContentDifference | undefined {
  try {
    const [old, now] = [parseJson(before), parseJson(after)];
    if (old.inexact !== undefined || now.inexact !== undefined) return undefined;
    const changes: JsonChange[] = [];
    compare("", old.value as Json, now.value as Json, changes);
    return changes.length === 0 ? undefined : { kind: "json", changes };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function compare(pointer: string, before: Json, after: Json, into: JsonChange[]): void {
  if (Array.isArray(before) && Array.isArray(after)) compareArrays(pointer, before, after, into);
  else if (isObject(before) && isObject(after)) compareObjects(pointer, before, after, into);
  else if (before !== after) into.push({ pointer, before, after });
}

function compareObjects(
  pointer: string,
  before: { readonly [key: string]: Json },
  after: { readonly [key: string]: Json },
  into: JsonChange[],
): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const at = `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (!Object.hasOwn(after, key)) into.push({ pointer: at, before: before[key] });
    else if (!Object.hasOwn(before, key)) into.push({ pointer: at, after: after[key] });
    else compare(at, before[key] as Json, after[key] as Json, into);
  }
}

/** Elements that are the same stand for themselves wherever they are; between them the others are compared in pairs. */
function compareArrays(pointer: string, before: readonly Json[], after: readonly Json[], into: JsonChange[]): void {
  let [oldAt, newAt] = [0, 0];
  let removed: readonly Json[] = [];
  const settle = (added: readonly Json[]): void => {
    for (let i = 0; i < Math.max(removed.length, added.length); i += 1) {
      if (i >= added.length) into.push({ pointer: `${pointer}/${oldAt + i}`, before: removed[i] });
      else if (i >= removed.length) into.push({ pointer: `${pointer}/${newAt + i}`, after: added[i] });
      else compare(`${pointer}/${newAt + i}`, removed[i] as Json, added[i] as Json, into);
    }
    oldAt += removed.length;
    newAt += added.length;
    removed = [];
  };
  for (const { kind, values } of align(before, after)) {
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

function align(before: readonly Json[], after: readonly Json[]): readonly Piece[] {
  const aligned = diffArrays(before.map(canonical), after.map(canonical), { timeout: PATIENCE });
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
