import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./measure.ts";
import { INC, type Tool, WIREIT } from "./tools.ts";
import { layeredGraph, writeSources } from "./workload.ts";

const TURNS = 20;
const TASKS = 100;
/** Files of which one is edited. A task reads them all, and writes down when it began. */
const FILES_EACH = 100;
const EDITED = "tree/d3/f7.txt";
const STAMP = "build/stamp.txt";
const COMMAND = `date +%s%N > ${STAMP}`;
/** How long a watch is left alone to see what it costs, in milliseconds. */
const REST = 5000;

/** A tool that watches, and the line by which it says that it is done. */
interface Watcher {
  readonly name: string;
  readonly tool: Tool;
  readonly command: readonly [string, ...string[]];
  readonly done: RegExp;
  /** Adds the task that is measured to what the tool's build files hold. */
  addStamp(root: string): void;
}

const WATCHERS: readonly Watcher[] = [
  {
    name: "inc watch",
    tool: INC,
    command: [INC.command[0], INC.command[1] as string, "watch", "--json", "-j", "2"],
    done: /"kind":"watch-quiet"/,
    addStamp: (root) =>
      appendFileSync(
        join(root, "pipeline.ts"),
        `import { files } from "inc-run";
export const stamp = task(sh\`date +%s%N > \${out("${STAMP}")}\`, { inputs: [files("tree/**/*.txt")] });\n`,
      ),
  },
  {
    name: "wireit --watch",
    tool: WIREIT,
    command: ["npm", "run", "all", "--watch"],
    done: /(Ran|Already fresh|skipped) .*in [\d.]+s/,
    addStamp(root) {
      const path = join(root, "package.json");
      const content = JSON.parse(readFileSync(path, "utf8"));
      content.scripts.stamp = "wireit";
      content.wireit.stamp = { command: COMMAND, files: ["tree/**/*.txt"], output: [STAMP] };
      content.wireit.all.dependencies.push("stamp");
      writeFileSync(path, JSON.stringify(content));
    },
  },
];

const quick = process.argv.includes("--quick");
console.log(`node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}; ${TURNS} edits, in ms`);
for (const files of quick ? [10_000] : [10_000, 100_000]) {
  console.log(`\n${TASKS + 1} tasks, one of them over ${files} files`);
  console.log("tool | first run | edit → command started, median (worst) | edit → done | CPU ms/s at rest | MB");
  for (const watcher of WATCHERS) {
    const absent = watcher.tool.absent();
    console.log(absent === undefined ? `${watcher.name} | ${await measure(watcher, files)}` : absent);
  }
}

async function measure(watcher: Watcher, files: number): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "inc-bench-watch-"));
  prepare(watcher, root, files);
  const [program, ...args] = watcher.command;
  const begun = performance.now();
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "ignore"], detached: true });
  const done = lines(child, watcher.done);
  const ended = new Promise((resolve) => child.once("close", resolve));
  try {
    await done();
    const first = performance.now() - begun;
    const started: number[] = [];
    const finished: number[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      const wall = Date.now();
      const start = performance.now();
      writeFileSync(join(root, EDITED), `edit ${turn}\n`);
      await done();
      finished.push(performance.now() - start);
      started.push(Number(readFileSync(join(root, STAMP), "utf8")) / 1e6 - wall);
    }
    const rest = await atRest(child.pid as number);
    const spread = `${median(started).toFixed(0)} (${Math.max(...started).toFixed(0)})`;
    return `${first.toFixed(0)} | ${spread} | ${median(finished).toFixed(0)} | ${rest}`;
  } finally {
    process.kill(-(child.pid as number), "SIGINT");
    await ended;
    rmSync(root, { recursive: true, force: true });
  }
}

function prepare({ tool, addStamp }: Watcher, root: string, files: number): void {
  const workload = layeredGraph(TASKS);
  writeSources(workload, root);
  for (let directory = 0; directory < files / FILES_EACH; directory += 1) {
    mkdirSync(join(root, `tree/d${directory}`), { recursive: true });
    for (let file = 0; file < FILES_EACH; file += 1)
      writeFileSync(join(root, `tree/d${directory}/f${file}.txt`), `${directory} ${file}\n`);
  }
  tool.prepare(workload, root);
  addStamp(root);
}

/** Gives a function that resolves once the next line of a child matches. */
function lines(child: ChildProcess, wanted: RegExp): () => Promise<void> {
  let text = "";
  let closed = false;
  let wake: () => void = () => {};
  child.once("close", () => {
    closed = true;
    wake();
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    wake();
  });
  return async () => {
    for (;;) {
      const end = text.indexOf("\n");
      const line = text.slice(0, end + 1);
      text = text.slice(end + 1);
      if (wanted.test(line)) return;
      if (end < 0 && closed) throw new Error(`ended early: ${child.spawnargs.join(" ")}`);
      if (end < 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  };
}

/** Processor time and memory of a process with all that it started and that is there still. */
async function atRest(pid: number): Promise<string> {
  const before = ticks(pid);
  await new Promise((resolve) => setTimeout(resolve, REST));
  const perSecond = ((ticks(pid) - before) * 10) / (REST / 1000);
  const megabytes = family(pid).reduce((sum, member) => sum + resident(member), 0);
  return `${perSecond.toFixed(1)} | ${megabytes.toFixed(0)}`;
}

/** Hundredths of a second, of the system's and of its own. */
function ticks(pid: number): number {
  return family(pid).reduce((sum, member) => {
    const fields = readFileSync(`/proc/${member}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return sum + Number(fields[11]) + Number(fields[12]);
  }, 0);
}

function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}

function resident(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}
