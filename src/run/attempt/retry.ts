/** Milliseconds. */
const FIRST_RETRY = 100;
const LAST_RETRY = 5000;

/** How long to wait before another attempt follows the `attempt`th one (1 is the first), in milliseconds. */
export function retryDelay(attempt: number): number {
  return Math.min(FIRST_RETRY * 2 ** (attempt - 1), LAST_RETRY);
}
