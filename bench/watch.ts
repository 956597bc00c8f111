import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { family, MARK, memory, processorTime } from "./family.ts";
import { median } from "./measure.ts";
import { isBuilt, STAMP, treeFile, type Watcher, watchers, writeWorkspace } from "./watchers.ts";

/**
 * From an edit to the command that it starts, beside wireit, Turborepo and Nx, and what watching costs while nothing happens.
 *
 *     --files 10000,100000   --quick: 10,000 only   --turns 100
 *     --peers DIRECTORY   where npm has installed turbo and nx (or INC_BENCH_PEERS); default: from PATH
 *     --watcher NAME   measure only this one
 */
const { values: flags } = parseArgs({
  options: {
    files: { type: "string" },
    quick: { type: "boolean", default: false },
    turns: { type: "string", default: "100" },
    peers: { type: "string" },
    watcher: { type: "string" },
  },
});
const turns = Number(flags.turns);

/** Milliseconds after which a tool gets no further edits. */
const LONGEST = 150_000;
/** Idle time before and between edits, in which the cost of watching is measured. */
const BETWEEN = 300;
const REST = 10_000;
const SETTLE = 3000;
/** Interval of the checks whether the command has begun. */
const LOOK = 5;

/** The workspace of the running tool, which ends with the bench. */
let measured: string | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    if (measured !== undefined) endAll(measured);
    if (measured !== undefined) rmSync(measured, { recursive: true, force: true, maxRetries: 5 });
    process.exit(1);
  });

console.log(
  `node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}; ms, MB, processes with all they started`,
);
console.log(`npm run, which Turborepo starts each command by, takes ${npmRun().toFixed(0)} ms`);
const sizes = (flags.files ?? (flags.quick ? "10000" : "10000,100000")).split(",").map(Number);
for (const files of sizes) {
  console.log(`\n101 tasks, one of them over ${files} files`);
  console.log(
    "tool | edits | edit → command started: median | p99 | edit → done: median | CPU ms/s at rest | RSS | PSS | processes",
  );
  for (const watcher of watchers(flags.peers ?? process.env["INC_BENCH_PEERS"])) {
    if (!watcher.name.includes(flags.watcher ?? "")) continue;
    console.log(`${watcher.name} | ${watcher.absent() ?? (await measure(watcher, files))}`);
  }
}

async function measure(watcher: Watcher, files: number): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "inc-bench-watch-"));
  try {
    writeWorkspace(root, files);
    watcher.prepare(root);
    const [program, ...args] = watcher.command();
    const { CI: _, ...inherited } = process.env;
    const env = { ...inherited, ...watcher.env, [MARK]: root };
    measured = root;
    const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const errors = lastText(child);
    try {
      return `${await editing(child, watcher, root, files)} | ${await atRest(root)}`;
    } catch (error) {
      return `${error instanceof Error ? error.message : error}: ${errors()}`;
    } finally {
      if (isAlive(child)) process.kill(-(child.pid as number), "SIGINT");
      await ended;
      // Including daemons.
      endAll(root);
    }
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Ignores processes that have already ended. */
function endAll(mark: string): void {
  spawnSync("kill", ["-9", ...family(mark).map(String)]);
}

async function editing(child: ChildProcess, { done }: Watcher, root: string, files: number): Promise<string> {
  const said = lastMatch(child, done);
  await ready(child, root);
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
  const total = finished.length === 0 ? "it does not say" : median(finished).toFixed(0);
  return [started.length, median(started).toFixed(0), p99(started).toFixed(0), total].join(" | ");
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

async function atRest(mark: string): Promise<string> {
  await pause(SETTLE);
  const pids = family(mark);
  const spent = (): number => pids.reduce((sum, pid) => sum + processorTime(pid), 0);
  const before = spent();
  await pause(REST);
  const perSecond = (spent() - before) / (REST / 1000);
  const sizes = pids.map(memory);
  const resident = sizes.reduce((sum, size) => sum + size.resident, 0);
  const proportional = sizes.reduce((sum, size) => sum + size.proportional, 0);
  return [perSecond.toFixed(1), resident.toFixed(0), proportional.toFixed(0), pids.length].join(" | ");
}

function p99(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.ceil(samples.length * 0.99) - 1] as number;
}

function npmRun(): number {
  const root = mkdtempSync(join(tmpdir(), "inc-bench-npm-"));
  try {
    writeFileSync(join(root, "package.json"), JSON.stringify({ name: "empty", scripts: { make: "true" } }));
    const samples = Array.from({ length: 5 }, () => {
      const start = performance.now();
      spawnSync("npm", ["run", "make"], { cwd: root });
      return performance.now() - start;
    });
    return median(samples);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
