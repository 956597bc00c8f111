import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Rig } from "../support/rig.ts";
import type { Outcome } from "../support/running.ts";

const EDIT_AT = fileURLToPath(new URL("edit-at.mjs", import.meta.url));

/** A command of edit-at.mjs, with paths relative to the workspace. */
export type Edit = readonly [command: "write" | "poke" | "link" | "remove" | "rename", path: string, ...more: string[]];

/** When an edit is made: before an operation with this number, or before the first look at this path. */
export type Moment = number | string;

export interface EditedRun extends Outcome {
  /** The number of file operations of its process. */
  readonly operations: number;
  /** How many of the edits were made, the first ones. */
  readonly made: number;
}

/** Runs inc, with edits between its own file operations. @param env Variables beside the usual ones. */
export async function runEdited(
  rig: Rig,
  args: readonly string[],
  edits: readonly (readonly [at: Moment, edit: Edit])[],
  env: Readonly<Record<string, string>> = {},
): Promise<EditedRun> {
  const log = rig.path(".git/edits");
  rmSync(log, { force: true });
  rig.write(".git/edits", "");
  const planned = edits.map(([at, [command, ...paths]]) => {
    const isPath = (i: number): boolean => i === 0 || command === "rename";
    return [
      typeof at === "string" ? rig.path(at) : at,
      command,
      ...paths.map((it, i) => (isPath(i) ? rig.path(it) : it)),
    ];
  });
  const outcome = await rig.start(args, {
    env: { ...env, NODE_OPTIONS: `--import ${EDIT_AT}`, EDIT_AT: JSON.stringify({ log, edits: planned }) },
  }).ended;
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
  const operations = Number(/^ended (\d+)$/.exec(lines.at(-1) ?? "")?.[1] ?? 0);
  return { ...outcome, operations, made: lines.filter((line) => !line.startsWith("ended")).length };
}
