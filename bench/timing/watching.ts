import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isBuilt, STAMP, treeFile, type Watcher, writeWorkspace } from "../peers/watchers.ts";
import { family, MARK, memory, processorTime } from "./family.ts";
import { undoAtExit } from "./leftovers.ts";

interface Edits {
  /** Milliseconds from each edit to the start of the command. */
  readonly started: readonly number[];
  /** Milliseconds from each edit until the watcher says that it is done; empty: it does not say so. */
  readonly finished: readonly number[];
}

/** What watching costs while nothing happens. */
interface Rest {
  /** Milliseconds of processor time a second, of all its processes. */
  readonly perSecond: number;
  readonly processes: number;
  /** Megabytes of the watcher's own process (RSS). */
  readonly own: number;
  /** Megabytes of all its processes: RSS, and with shared pages divided among them (PSS). */
  readonly resident: number;
  readonly proportional: number;
}

export type Observation = Edits & Rest;

/** Milliseconds after which a tool gets no further edits. */
const LONGEST = 150_000;
/** Idle time before and between edits, in which the cost of watching is measured. */
const BETWEEN = 300;
const REST = 10_000;
const SETTLE = 3000;
/** Interval of the checks whether the command has begun. */
const LOOK = 5;

/**
 * Edits files under a running watcher, then leaves it at rest.
 * @param turns Number of edits; a slow watcher gets fewer.
 * @param onReady Called once all is built, before the first edit.
 */
export async function observe(
  watcher: Watcher,
  files: number,
  turns: number,
  onReady = (): void => {},
): Promise<Observation> {
  const root = mkdtempSync(join(tmpdir(), "inc-bench-watch-"));
  const remove = (): void => rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  const isDone = undoAtExit(() => {
    endAll(root);
    remove();
  });
  try {
    writeWorkspace(root, files);
    watcher.prepare(root);
    const [program, ...args] = watcher.command();
    const { CI: _, ...inherited } = process.env;
    const env = { ...inherited, ...watcher.env, [MARK]: root };
    const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const errors = lastText(child);
    try {
      const said = lastMatch(child, watcher.done);
      await ready(child, root);
      onReady();
      const edits = await editing({ child, said, root, done: watcher.done }, files, turns);
      return { ...edits, ...(await atRest(root, child.pid as number)) };
    } catch (error) {
      throw new Error(`${watcher.name} ${error instanceof Error ? error.message : error}: ${errors()}`);
    } finally {
      if (isAlive(child)) process.kill(-(child.pid as number), "SIGINT");
      await ended;
      // Including daemons.
      endAll(root);
    }
  } finally {
    isDone();
    remove();
  }
}

/** Ignores processes that have already ended. */
function endAll(mark: string): void {
  spawnSync("kill", ["-9", ...family(mark).map(String)]);
}

interface Watching {
  readonly child: ChildProcess;
  /** When it last said that it was done, in milliseconds since the epoch. */
  readonly said: () => number;
  readonly root: string;
  readonly done: RegExp | undefined;
}

async function editing(watching: Watching, files: number, turns: number): Promise<Edits> {
  const { child, said, root, done } = watching;
  const started: number[] = [];
  const finished: number[] = [];
  const begun = performance.now();
  while (started.length < turns && performance.now() - begun < LONGEST) {
    await pause(BETWEEN);
    const before = stampOf(root);
    const wall = Date.now();
    // Never the same file in two consecutive edits.
    writeFileSync(join(root, treeFile((started.length * 1009) % files)), `edit ${started.length} ${wall}\n`);
    started.push((await newStamp(child, root, before)) - wall);
    if (done === undefined) continue;
    for (; said() < wall; await pause(LOOK)) demandAlive(child);
    finished.push(said() - wall);
  }
  return { started, finished };
}

/** Waits until all is built and an edit has an effect. */
async function ready(child: ChildProcess, root: string): Promise<void> {
  while (!isBuilt(root) || stampOf(root) === 0) {
    demandAlive(child);
    await pause(LOOK * 10);
  }
  await pause(SETTLE);
  const before = stampOf(root);
  for (let trial = 0; stampOf(root) === before; trial += 1) {
    demandAlive(child);
    writeFileSync(join(root, treeFile(0)), `trial ${trial}\n`);
    for (let look = 0; look < 1000 && stampOf(root) === before; look += 1) await pause(LOOK);
  }
  await pause(SETTLE);
}

async function newStamp(child: ChildProcess, root: string, before: number): Promise<number> {
  for (;;) {
    const now = stampOf(root);
    if (now > before) return now;
    demandAlive(child);
    await pause(LOOK);
  }
}

/** Milliseconds since the epoch at which the command began; 0: not begun yet. */
function stampOf(root: string): number {
  try {
    return Number(readFileSync(join(root, STAMP), "utf8")) / 1e6;
  } catch {
    return 0;
  }
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function demandAlive(child: ChildProcess): void {
  if (!isAlive(child)) throw new Error(`ended early (${child.exitCode ?? child.signalCode})`);
}

/** Returns a function that returns the end of the child's error output so far. */
function lastText({ stderr }: ChildProcess): () => string {
  let text = "";
  stderr?.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-300);
  });
  return () => text.trim().replaceAll("\n", " ");
}

/** Returns a function that returns when the child last printed a matching line, in milliseconds since the epoch. */
function lastMatch(child: ChildProcess, wanted: RegExp | undefined): () => number {
  let last = 0;
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const lines = (text + chunk.toString()).split("\n");
    text = lines.pop() ?? "";
    if (wanted !== undefined && lines.some((line) => wanted.test(line))) last = Date.now();
  });
  return () => last;
}

async function atRest(mark: string, pid: number): Promise<Rest> {
  await pause(SETTLE);
  const pids = family(mark);
  const spent = (): number => pids.reduce((sum, pid) => sum + processorTime(pid), 0);
  const before = spent();
  await pause(REST);
  const perSecond = (spent() - before) / (REST / 1000);
  const sizes = pids.map(memory);
  const sum = (of: "resident" | "proportional"): number => sizes.reduce((total, size) => total + size[of], 0);
  return {
    perSecond,
    processes: pids.length,
    own: memory(pid).resident,
    resident: sum("resident"),
    proportional: sum("proportional"),
  };
}
