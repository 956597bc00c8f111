import { randomInt } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { Random } from "./random.ts";

/** INC_TOGETHER_SEED repeats a walk; INC_TOGETHER_STEPS makes it longer. */
const SEED = Number(process.env["INC_TOGETHER_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_TOGETHER_STEPS"] ?? 40);
/** The number of commands that run at the same time. */
const PROCESSES = 6;

const TEXTS = ["one\n", "two\n", "three\n"];
const NAMES = ["a", "b", "c", "d"];

const PIPELINE = `
export const upper = each(files("data/*.txt"), (f) => task(sh\`tr a-z A-Z < \${f} > \${out(\`build/\${f.stem}\`)}\`));
export const all = task(sh\`cat \${upper} > \${out("build/all")}\`);
export const rate = task(sh\`cat \${all} \${object("rate")} > \${out("build/rate")}\`);`;

/** The commands to run at the same time, each with the exit codes that are correct whatever the others do. */
const COMMANDS: readonly (readonly [args: readonly string[], codes: readonly number[], input?: string])[] = [
  // 1: an input never came to rest, or a file of a set vanished while it was read.
  [
    ["run", "-j2"],
    [0, 1],
  ],
  [
    ["run", "--keep-going", "all"],
    [0, 1],
  ],
  [["status"], [0]],
  [["log", "rate"], [0]],
  [["gc"], [0]],
  [["clean"], [0]],
  [["put", "rate", "-"], [0], "1\n"],
  [["put", "rate", "-"], [0], "2\n"],
];

let rig: Rig;
afterEach(() => rig.close());

test(`commands that run at the same time in one workspace leave it consistent (INC_TOGETHER_SEED=${SEED})`, {
  timeout: 60_000 + STEPS * 20_000,
}, async () => {
  console.log(`together: seed ${SEED}, ${STEPS} steps`);
  const random = new Random(SEED);
  rig = await Rig.create(PIPELINE);
  const sources = new Map([["a", "one\n"]]);
  rig.write("data/a.txt", "one\n");
  expect((await rig.start(["put", "rate", "-"], { input: "0\n" }).ended).code).toBe(0);
  const running = new Set<Promise<void>>();
  const wrong: string[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    edit(random, sources);
    const [args, codes, input] = random.pick(COMMANDS);
    const ended: Promise<void> = rig.start(args, input === undefined ? {} : { input }).ended.then((outcome) => {
      running.delete(ended);
      const text = `${outcome.stdout}${outcome.stderr}`;
      if (!codes.includes(outcome.code ?? -1) || text.includes("internal error"))
        wrong.push(`inc ${args.join(" ")} exits ${outcome.code}:\n${text}`);
    });
    running.add(ended);
    if (running.size >= PROCESSES) await Promise.race(running);
  }
  await Promise.all(running);
  expect(wrong).toEqual([]);
  const last = await rig.run("run");
  expect([last.code, last.stderr]).toEqual([0, ""]);
  const all = [...sources].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text.toUpperCase());
  expect(rig.read("build/all")).toBe(all.join(""));
  expect(rig.read("build/rate")).toBe(`${all.join("")}${(await rig.run("get", "rate")).stdout}`);
  for (const name of NAMES) expect(rig.exists(`build/${name}`)).toBe(sources.has(name));
  expect((await rig.run("run")).stdout).toContain("ran 0, restored 0,");
  expect(await rig.run("doctor")).toMatchObject({ code: 0 });
});

/** Edits, adds or removes one source file, but never removes the last one. */
function edit(random: Random, sources: Map<string, string>): void {
  const name = random.pick(NAMES);
  if (sources.has(name) && sources.size > 1 && random.chance(0.3)) {
    sources.delete(name);
    rig.remove(`data/${name}.txt`);
    return;
  }
  const text = random.pick(TEXTS);
  sources.set(name, text);
  rig.write(`data/${name}.txt`, text);
}
