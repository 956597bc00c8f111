import { expect } from "vitest";
import type { Rig } from "./rig.ts";

/** The output of a command, which must exit with 0 and print nothing on stderr. */
export async function printed(rig: Rig, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await rig.run(...args);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

/** The message of a command, which must exit with 2 and an empty stdout. Shows the workspace as /w, run ids as RUN. */
export async function refusal(rig: Rig, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await rig.run(...args);
  expect([code, stdout]).toEqual([2, ""]);
  return stderr
    .replaceAll(rig.root, "/w")
    .replace(/\b\d{8}T\d{9}-[0-9a-f]{6}\b/g, "RUN")
    .trimEnd();
}
