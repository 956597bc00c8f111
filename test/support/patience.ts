import { readdirSync, readFileSync } from "node:fs";

/** How long a test waits for one event, in seconds that it was awake for. */
const PATIENCE = 90;

/**
 * The promise, or an error that tells what was awaited and how things stood. Seconds are counted by a timer that fires once
 * however long the machine stood still, so that a paused machine is not taken for a process that hangs.
 */
export function patiently<T>(promise: Promise<T>, state: () => string): Promise<T> {
  const waiting = Promise.withResolvers<T>();
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    if (seconds >= PATIENCE) waiting.reject(new Error(`waited ${PATIENCE} s for ${state()}`));
  }, 1000).unref();
  promise.then(waiting.resolve, waiting.reject);
  const settled = waiting.promise.finally(() => clearInterval(timer));
  // Whoever waits for another thing by now is not to fail of this one.
  settled.catch(() => {});
  return settled;
}

/** What each thread of a process is at, where the kernel tells it (Linux). */
export function threadsOf(pid: number | undefined): string {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((thread) => {
        const read = (name: string): string => readFileSync(`/proc/${pid}/task/${thread}/${name}`, "utf8").trim();
        const state = /^State:\s*(.*)$/m.exec(read("status"))?.[1];
        return `  thread ${thread} ${read("comm")}: ${state}, in ${read("wchan")}, syscall ${read("syscall")}`;
      })
      .join("\n");
  } catch (error) {
    return `  threads not known: ${String(error)}`;
  }
}
