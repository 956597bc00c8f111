import { warning } from "@actions/core";
import { leave } from "../host/process/leave.ts";
import { openOutput } from "../host/process/standard-output.ts";
import { within } from "../store/remote/backends/patience.ts";

/**
 * Runs a step of the action. Nothing that goes wrong fails the job: it costs time, not results.
 */
export async function runStep(step: () => Promise<void>): Promise<never> {
  openOutput();
  try {
    await step();
  } catch (error) {
    warning(`inc: ${(error as Error).message}; the job goes on without the cache of GitHub Actions`);
  }
  // What did not end in time may hold the process for minutes.
  return leave(0);
}

/**
 * Resolves as the promise does, or rejects after a time limit: the cache's own client repeats requests for half a minute, and has no
 * limit for a download that stands still.
 * @param limit Milliseconds.
 * @param what Subject of the message.
 */
export function inTime<T>(promise: Promise<T>, limit: number, what: string): Promise<T> {
  const late = (): Error => new Error(`${what} took more than ${limit / 1000} s`);
  return within(promise, limit, new AbortController().signal, late);
}
