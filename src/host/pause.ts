/** Nothing ever changes it: waiting for it is waiting for a time. */
const CLOCK = new Int32Array(new SharedArrayBuffer(4));

/** Stops the thread for some milliseconds. */
export function pause(milliseconds: number): void {
  Atomics.wait(CLOCK, 0, 0, milliseconds);
}
