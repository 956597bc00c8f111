import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { INC } from "../peers/tools.ts";
import type { Watcher } from "../peers/watchers.ts";
import { timed } from "./timed.ts";
import { observe } from "./watching.ts";

/** Number of phases, and of functions, that are listed. */
const LISTED = 10;
/** Edits under watch, of which the phases are summed. */
const EDITS = 10;

interface Part {
  readonly name: string;
  /** Milliseconds. */
  readonly time: number;
}

/**
 * Sums inc's own phases, which `INC_DEBUG=all` lists. Phases may contain each other or overlap, and `command` is the time
 * of the pipeline's commands.
 */
export function phasesIn(text: string): Part[] {
  const sums = new Map<string, { time: number; count: number }>();
  for (const [, time, name] of text.matchAll(/^inc:\w+ +([\d.]+) ms {2}(\S+)/gm)) {
    const sum = sums.get(name as string) ?? { time: 0, count: 0 };
    sums.set(name as string, { time: sum.time + Number(time), count: sum.count + 1 });
  }
  return [...sums].map(([name, { time, count }]) => ({ name: count === 1 ? name : `${count} × ${name}`, time }));
}

/** Edits files under `inc watch` once more, and says which phases the time goes to, summed over the edits. */
export async function whereWatchGoes(watcher: Watcher, files: number): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "inc-bench-profile-"));
  const log = join(directory, "phases");
  try {
    const env = { ...watcher.env, INC_DEBUG: "all", INC_DEBUG_FILE: log };
    // inc holds the file open, and appends.
    await observe({ ...watcher, env }, files, EDITS, () => truncateSync(log));
    return `phases of ${EDITS} edits in ms: ${largest(phasesIn(readFileSync(log, "utf8")))}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** The node that ran at each sample. */
  readonly samples: readonly number[];
  /** Microseconds from each sample to the one before. */
  readonly timeDeltas: readonly number[];
}

/** Runs inc once more, with its phases and under Node's profiler, and says where the time goes. */
export async function whereTimeGoes(args: readonly string[], cwd: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "inc-bench-profile-"));
  try {
    const [node, cli] = INC.command;
    const command = [node, "--cpu-prof", `--cpu-prof-dir=${directory}`, cli as string, ...args] as const;
    const { time, text, pid } = await timed({ command, cwd, env: { INC_DEBUG: "all" } });
    // Other processes of Node that it started have profiles of their own.
    const name = readdirSync(directory).find((file) => file.split(".")[3] === String(pid));
    const functions = name === undefined ? [] : selfTimes(JSON.parse(readFileSync(join(directory, name), "utf8")));
    const phases = largest(phasesIn(text));
    const parts = [`${time.toFixed(0)} ms with the profiler`, `functions in ms: ${largest(functions)}`];
    return [...parts, ...(phases === "" ? [] : [`phases in ms: ${phases}`])].join("\n  ");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Milliseconds of each function, without those that it calls. `(idle)` is waiting, `(program)` is Node's native code. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): Part[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const sums = new Map<string, number>();
  for (const [n, id] of samples.entries()) {
    const name = names.get(id) ?? "?";
    sums.set(name, (sums.get(name) ?? 0) + (timeDeltas[n] ?? 0) / 1000);
  }
  return [...sums].map(([name, time]) => ({ name, time }));
}

function nameOf({ functionName, url }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  return url === "" ? name : `${name} in ${url.startsWith("node:") ? url : basename(url)}`;
}

function largest(parts: readonly Part[]): string {
  const sorted = parts.toSorted((a, b) => b.time - a.time).slice(0, LISTED);
  return sorted.map(({ name, time }) => `${name} ${time.toFixed(0)}`).join(", ");
}
