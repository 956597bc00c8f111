/** Does work for each item, so many at once. Rejects with the first failure; then no further item is begun. */
export async function atOnce<T>(most: number, items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  let failed = false;
  // The workers share one iterator: each takes the next item.
  const worker = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true && !failed; next = waiting.next()) await work(next.value);
  };
  try {
    await Promise.all(Array.from({ length: most }, worker));
  } catch (error) {
    failed = true;
    throw error;
  }
}
