import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HEAD, RayCluster, whyNoCluster } from "../test/execute/ray/cluster.ts";
import { duration } from "./table/report.ts";
import { undoAtExit } from "./timing/leftovers.ts";
import { median } from "./timing/statistics.ts";
import { timed } from "./timing/timed.ts";

/**
 * inc on a Ray cluster beside a program for Ray that is written by hand: the same commands, a process for each, and all files in the
 * end. Both connect, and both have run once before, so that Ray's workers are there.
 */
const ROUNDS = 3;
const MIB = 1024 ** 2;

/** Chains of tasks, each of which changes what the one before has made. */
interface Chains {
  readonly name: string;
  readonly chains: number;
  readonly length: number;
  /** Bytes of each file. */
  readonly size: number;
}

const WORK: readonly Chains[] = [
  { name: "1,000 tasks", chains: 1000, length: 1, size: 8 },
  { name: "100 tasks, 10 MB each", chains: 10, length: 10, size: 10 * MIB },
];

const COMMAND = "tr 'a-z' 'b-za' < input > made";

const INC = fileURLToPath(new URL("../bin/inc.js", import.meta.url));
const PROGRAM = fileURLToPath(new URL("ray/program.py", import.meta.url));

const why = whyNoCluster();
if (why !== undefined) {
  console.log(`no cluster to measure on: ${why}`);
  process.exit(0);
}
const root = mkdtempSync(join(tmpdir(), "inc-bench-ray-"));
undoAtExit(() => rmSync(root, { recursive: true, force: true }));
const cluster = await RayCluster.start();

console.log("work | step | inc | tasks that inc ran | by hand, all of it | ratio (median of rounds)");
for (const work of WORK) await measure(work);
await cluster.close();

async function measure(work: Chains): Promise<void> {
  const [own, hand] = [join(root, "inc"), join(root, "hand")];
  const ratios = { cold: [] as number[], "one input": [] as number[] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const directory of [own, hand]) begin(directory, work, round);
    for (const step of ["cold", "one input"] as const) {
      if (step === "one input") for (const directory of [own, hand]) writeInput(directory, work, 0, `edited ${round}`);
      const byInc = await timed({ command: incCommand(), cwd: own });
      const byHand = await timed({ command: handCommand(work, hand), cwd: hand });
      const ran = Number(/ran (\d+)/.exec(byInc.text)?.[1]);
      const due = step === "cold" ? work.chains * work.length : work.length;
      if (ran !== due) throw new Error(`inc ran ${ran} tasks, not ${due}:\n${byInc.text.slice(-2000)}`);
      compare(own, hand, work);
      // The first round is for Ray's workers to start.
      if (round === 0) continue;
      ratios[step].push(byInc.time / byHand.time);
      const cells = [work.name, step, duration(byInc.time), ran, duration(byHand.time)];
      console.log(`${cells.join(" | ")} | ${median(ratios[step]).toFixed(2)}`);
    }
  }
}

/** Files as they were never seen before: the cluster remembers what it has. */
function begin(directory: string, work: Chains, round: number): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, "data"), { recursive: true });
  for (let chain = 0; chain < work.chains; chain += 1) writeInput(directory, work, chain, `of round ${round}`);
  writeFileSync(join(directory, "package.json"), `{ "type": "module" }`);
  writeFileSync(join(directory, "pipeline.ts"), manifestOf(work));
}

function writeInput(directory: string, { name, size }: Chains, chain: number, text: string): void {
  const bytes = Buffer.alloc(size, `${chain} ${text} of ${name} `);
  writeFileSync(join(directory, `data/${chain}`), bytes);
}

function manifestOf({ chains, length }: Chains): string {
  return `
    import { file, out, sh, task } from "inc-run";
    export const tasks: Record<string, unknown> = {};
    for (let chain = 0; chain < ${chains}; chain += 1) {
      let last: any = file("data/" + chain);
      for (let at = 0; at < ${length}; at += 1) {
        last = task(sh\`${COMMAND.replace("input", "$" + "{last}").replace("made", "$" + '{out("build/" + chain + "." + at)}')}\`);
        tasks["t" + chain + "_" + at] = last;
      }
    }
  `;
}

function incCommand(): readonly [string, ...string[]] {
  const flags = ["--executor", "ray", "--ray-address", HEAD, "--ray-python", cluster.python];
  return [process.execPath, INC, "run", ...flags];
}

function handCommand({ chains, length }: Chains, directory: string): readonly [string, ...string[]] {
  return [cluster.python, PROGRAM, COMMAND, `${chains}`, `${length}`, directory];
}

function compare(own: string, hand: string, { chains, length }: Chains): void {
  for (let chain = 0; chain < chains; chain += 1)
    for (let at = 0; at < length; at += 1) {
      const path = `build/${chain}.${at}`;
      if (!readFileSync(join(own, path)).equals(readFileSync(join(hand, path))))
        throw new Error(`ERROR: inc and the program by hand made another ${path}`);
    }
}
