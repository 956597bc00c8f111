import { diffArrays } from "diff";

/** An element of either list and its counterpart, by index; undefined: it has none. */
export interface Aligned {
  readonly old: number | undefined;
  readonly now: number | undefined;
}

/**
 * The elements of two lists that differ. Those with the same text stand for themselves wherever they are; between them the
 * others are paired in order.
 * @param timeout Milliseconds: lists without much in common take quadratic time. Undefined when it is over.
 */
export function align<T>(
  before: readonly T[],
  after: readonly T[],
  textOf: (element: T) => string,
  timeout: number,
): readonly Aligned[] | undefined {
  const pieces = timeout > 0 ? diffArrays(before.map(textOf), after.map(textOf), { timeout }) : undefined;
  if (pieces === undefined) return undefined;
  const aligned: Aligned[] = [];
  let [oldAt, newAt, removed] = [0, 0, 0];
  const settle = (added: number): void => {
    for (const { old, now } of paired(removed, added))
      aligned.push({ old: old === undefined ? old : oldAt + old, now: now === undefined ? now : newAt + now });
    oldAt += removed;
    newAt += added;
    removed = 0;
  };
  for (const piece of pieces) {
    if (piece.removed) removed = piece.value.length;
    else if (piece.added) settle(piece.value.length);
    else {
      settle(0);
      oldAt += piece.value.length;
      newAt += piece.value.length;
    }
  }
  settle(0);
  return aligned;
}

/** Pairs so many elements with so many others, by index. */
export function paired(before: number, after: number): readonly Aligned[] {
  return Array.from({ length: Math.max(before, after) }, (_, i) => ({
    old: i < before ? i : undefined,
    now: i < after ? i : undefined,
  }));
}
