import { readdirSync, readFileSync } from "node:fs";

/** How long a test waits for one event, in seconds during which the machine was awake. */
const PATIENCE = 90;

/**
 * Settles as the promise does, or rejects with the state after so many seconds. A timer counts the seconds and fires once
 * however long the machine stood still, so that a paused machine is not taken for a process that hangs.
 */
export function patiently<T>(promise: Promise<T>, state: () => string, patience = PATIENCE): Promise<T> {
  const waiting = Promise.withResolvers<T>();
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    if (seconds >= patience) waiting.reject(new Error(`waited ${patience} s for ${state()}`));
  }, 1000).unref();
  promise.then(waiting.resolve, waiting.reject);
  const settled = waiting.promise.finally(() => clearInterval(timer));
  // A test that has stopped waiting for this promise must not fail of its rejection.
  settled.catch(() => {});
  return settled;
}

/** The state and system call of each thread of a process, where the kernel reports them (Linux). */
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
