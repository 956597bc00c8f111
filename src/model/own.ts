/**
 * Records keyed by a name that users choose: `constructor` and `__proto__` are names like any other. Every plain object
 * inherits the one and swallows the other, also one that JSON.parse made; so such records are made by `dictionary` and
 * read by `own`.
 */

/** A record without a prototype. */
export function dictionary<T>(entries: Iterable<readonly [string, T]> = []): Record<string, T> {
  const record = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) record[name] = value;
  return record;
}

/** What a record holds itself under a name; undefined: nothing. */
export function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
