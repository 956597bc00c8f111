/** Functions and objects whose code and content do not count. */
const untrackedValues = new WeakSet<object>();

/**
 * Gives back what it is given, a logger for instance. Code of a function task that uses it through the result does not run again
 * when it changes.
 * @example const debug = untracked(writeToLog);
 */
export function untracked<T>(value: T): T {
  if ((typeof value === "object" && value !== null) || typeof value === "function") untrackedValues.add(value);
  return value;
}

export function isUntracked(value: object): boolean {
  return untrackedValues.has(value);
}
