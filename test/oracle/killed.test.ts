import { type ChildProcess, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import type { Outcome } from "../support/running.ts";
import { Random } from "./random.ts";

const SEED = Number(process.env["INC_KILLS_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_KILLS_STEPS"] ?? 12);
const KILL_AT = fileURLToPath(new URL("../support/kill-at.mjs", import.meta.url));
/** About the longest duration of a run, in milliseconds: a later signal would find no run. */
const LONGEST = 500;
/** About the number of file operations of a run. */
const OPERATIONS = 120;

/** Every command writes its output in two steps, so that a kill between them leaves it torn. */
const PIPELINE = `
export const upper = each(files("data/*.txt"), (f) =>
  task(sh\`head -c 1 \${f} | tr a-z A-Z > \${out(\`build/\${f.stem}.up\`)}; sleep 0.01; tail -c +2 \${f} | tr a-z A-Z >> build/\${f.stem}.up\`),
);
export const all = task(sh\`echo all > \${out("build/all")}; sleep 0.02; cat \${upper} >> build/all\`);
export const tree = task(
  sh\`mkdir -p build/tree/in; for f in data/*.txt; do cp $f build/tree/in; sleep 0.005; done; ln -s in build/tree/link\`,
  { inputs: [files("data/*.txt")], outputs: { tree: "build/tree/" } },
);
export const daemon = task(sh\`(setsid --fork sleep 300); cat \${all} > \${out("build/daemon")}\`);
export const size = task(sh\`cat \${all} build/tree/in/* | wc -c > \${out("build/size")}\`, { inputs: [tree] });`;

/** The tree that a clean build makes of sources, path → content. */
function model(sources: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const made = new Map<string, string>();
  const sorted = [...sources].sort(([a], [b]) => (a < b ? -1 : 1));
  const all = `all\n${sorted.map(([, text]) => text.toUpperCase()).join("")}`;
  for (const [name, text] of sorted) {
    made.set(`build/${name}.up`, text.toUpperCase());
    made.set(`build/tree/in/${name}.txt`, text);
  }
  const size = all.length + sorted.reduce((sum, [, text]) => sum + text.length, 0);
  return made.set("build/all", all).set("build/daemon", all).set("build/size", `${size}\n`);
}

class Walk {
  readonly #rig: Rig;
  readonly #random: Random;
  readonly #sources = new Map([["a", "alpha\n"]]);
  readonly trail: string[] = [];

  constructor(rig: Rig, random: Random) {
    this.#rig = rig;
    this.#random = random;
    rig.write("data/a.txt", "alpha\n");
  }

  async step(): Promise<void> {
    for (let edits = 1 + this.#random.below(2); edits > 0; edits -= 1) this.#edit();
    await this.#endedInTheMiddle();
    this.#sourcesAreWhole();
    const next = await this.#rig.run("run", "-j2");
    expect(next, this.#where(next)).toMatchObject({ code: 0 });
    this.#isCleanBuild();
    expect(living(this.#rig), this.#where(next)).toEqual([]);
    const last = await this.#rig.run("run");
    expect(last.stdout, this.#where(last)).toMatch(/^ran 0, restored 0, /);
  }

  #edit(): void {
    const name = this.#random.pick(["a", "b", "c", "d"]);
    const made = this.#random.pick([...model(this.#sources).keys()]);
    const roll = this.#random.next();
    if (roll < 0.2 && this.#sources.size > 1 && this.#sources.has(name)) {
      this.#note(`remove ${name}`);
      this.#sources.delete(name);
      this.#rig.remove(`data/${name}.txt`);
    } else if (roll < 0.3) {
      this.#note(`remove ${made}`);
      this.#rig.remove(made);
    } else {
      const text = `${this.#random.pick(["x", "y", "z"]).repeat(1 + this.#random.below(3))}\n`;
      this.#note(`write ${name} ${text.trim()}`);
      this.#sources.set(name, text);
      this.#rig.write(`data/${name}.txt`, text);
    }
  }

  async #endedInTheMiddle(): Promise<void> {
    const how = this.#random.pick(["operation", "operation", "SIGKILL", "SIGKILL", "SIGINT", "SIGTERM", "child"]);
    const moment = this.#random.below(how === "operation" ? OPERATIONS : LONGEST);
    this.#note(`${how} at ${moment}`);
    const env = how === "operation" ? { NODE_OPTIONS: `--import ${KILL_AT}`, KILL_AT: String(moment + 1) } : {};
    const run = this.#rig.start(["run", "-j2"], { env });
    if (how !== "operation") await Promise.race([wait(moment), run.ended]);
    if (how === "child") killChild(run.child, this.#random);
    else if (how !== "operation") run.child.kill(how as NodeJS.Signals);
    const outcome = await run.ended;
    const codes = how === "child" ? [0, 1] : how === "SIGINT" || how === "SIGTERM" ? [0, 130, null] : [0, null];
    expect(codes, this.#where(outcome)).toContain(outcome.code);
    // A signal before inc has installed its handlers ends it like any program.
    if (outcome.code !== null) expect(living(this.#rig), this.#where(outcome)).toEqual([]);
  }

  #sourcesAreWhole(): void {
    const names = readdirSync(this.#rig.path("data")).sort();
    expect(names, this.trail.join("\n")).toEqual([...this.#sources.keys()].sort().map((name) => `${name}.txt`));
    for (const [name, text] of this.#sources) expect(this.#rig.read(`data/${name}.txt`)).toBe(text);
  }

  #isCleanBuild(): void {
    const root = this.#rig.path("build");
    const there = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("/link"))
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(this.#rig.root.length + 1));
    const seen = new Map(there.map((path) => [path, readFileSync(this.#rig.path(path), "utf8")]));
    expect(new Map([...seen].sort()), this.trail.join("\n")).toEqual(new Map([...model(this.#sources)].sort()));
    this.#sourcesAreWhole();
  }

  #note(text: string): void {
    this.trail.push(text);
  }

  #where({ stdout, stderr, code, signal }: Outcome): string {
    return `${this.trail.slice(-12).join("\n")}\n${code} ${signal}\n${stdout}${stderr}`;
  }
}

/** Kills one of the processes that inc has started, when there is any. */
function killChild({ pid }: ChildProcess, random: Random): void {
  const children = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" }).stdout;
  const pids = children
    .split("\n")
    .map(Number)
    .filter((child) => child > 0);
  if (pids.length === 0) return;
  try {
    process.kill(random.pick(pids), random.pick(["SIGKILL", "SIGTERM", "SIGSEGV"] as const));
  } catch {
    // The child has just ended.
  }
}

/** Command lines of the processes that attempts in a workspace have left running. */
function living({ root }: Rig): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
      const ours =
        environment.includes(`HOME=${root}`) && environment.some((entry) => entry.startsWith("INC_ATTEMPT="));
      const zombie = ours && /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
      return ours && !zombie ? [readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ")] : [];
    } catch {
      return [];
    }
  });
}

const HAS_PROC = existsSync("/proc/self/environ");
if (!HAS_PROC) console.log("kills: skipped, because the test finds surviving processes in /proc");

test.skipIf(!HAS_PROC)(
  `after a kill at any moment, the next run equals a clean build (INC_KILLS_SEED=${SEED})`,
  {
    timeout: 60_000 + STEPS * 20_000,
  },
  async () => {
    console.log(`kills: seed ${SEED}, ${STEPS} steps`);
    const rig = await Rig.create(PIPELINE);
    const walk = new Walk(rig, new Random(SEED));
    try {
      for (let step = 0; step < STEPS; step += 1) await walk.step();
      expect((await rig.run("doctor")).code).toBe(0);
    } finally {
      await rig.close();
    }
  },
);
