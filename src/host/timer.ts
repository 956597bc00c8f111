/** Node's timers hold their delay in 31 bits: a longer one fires at once. In milliseconds, 24.8 days. */
const LONGEST = 2 ** 31 - 1;

export interface Timer {
  clear(): void;
}

/**
 * Calls back after a delay of any length.
 * @param delay Milliseconds; Infinity: never.
 */
export function startTimer(act: () => void, delay: number): Timer {
  const end = performance.now() + delay;
  let timer: NodeJS.Timeout | undefined;
  const arm = (left: number): void => {
    timer =
      left > LONGEST ? setTimeout(() => arm(end - performance.now()), LONGEST) : setTimeout(act, Math.max(0, left));
  };
  if (delay !== Number.POSITIVE_INFINITY) arm(delay);
  return { clear: () => clearTimeout(timer) };
}
