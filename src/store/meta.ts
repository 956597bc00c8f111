import type { Tables } from "./schema.ts";

/**
 * One value in the table `meta`. A stored value counts only when it has the right form: a store may be a copy, or come
 * from a stranger.
 */
export interface MetaSlot<T> {
  readonly key: string;
  isValid(value: unknown): value is T;
}

/** The version of what is stored and how: see `FORMAT`. */
export const FORMAT_SLOT: MetaSlot<number> = { key: "format", isValid: isNumber };

/** Hexadecimal. */
export const SALT_SLOT: MetaSlot<string> = { key: "salt", isValid: (value) => typeof value === "string" };

/** The text that the last commit wrote: see `Store.generation`. */
export const GENERATION_SLOT: MetaSlot<string> = { key: "generation", isValid: (value) => typeof value === "string" };

/** The last place in the sequence of versions and records that is taken. */
export const SEQ_SLOT: MetaSlot<number> = { key: "seq", isValid: isNumber };

export function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

/** Undefined: there is no value of that form. */
export function readMeta<T>({ meta }: Pick<Tables, "meta">, slot: MetaSlot<T>): T | undefined {
  const value = meta.get(slot.key);
  return slot.isValid(value) ? value : undefined;
}

/** Within a transaction. Undefined removes it. */
export function writeMeta<T>({ meta }: Pick<Tables, "meta">, slot: MetaSlot<T>, value: T | undefined): void {
  if (value === undefined) meta.removeSync(slot.key);
  else meta.putSync(slot.key, value);
}

/** The last place in the sequence that is taken; 0: none. */
export function lastSeq(tables: Pick<Tables, "meta">): number {
  return readMeta(tables, SEQ_SLOT) ?? 0;
}
