/** A record's keys, those whose value may be undefined as optional ones. */
export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * The record without the keys whose value is undefined: "absent" is a missing key everywhere in inc, as in its JSON. A
 * record that has none is given back as it is: this is called for every file of a large set.
 */
export function defined<const T extends object>(record: T): Defined<T> {
  const entries = Object.entries(record);
  if (entries.every(([, value]) => value !== undefined)) return record as Defined<T>;
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Defined<T>;
}
