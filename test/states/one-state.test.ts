import { randomInt } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Random } from "../oracle/random.ts";
import { Rig } from "../support/rig.ts";
import { Tree } from "./edited-tree.ts";
import { type Edit, type EditedRun, runEdited } from "./run-edited.ts";

/** INC_ONE_STATE_SEED repeats a walk; INC_ONE_STATE_STEPS makes it longer. */
const SEED = Number(process.env["INC_ONE_STATE_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_ONE_STATE_STEPS"] ?? 30);

/** Each output is what one command sees of the sources: what is there, what is not, which way leads there. */
function manifest(salt: number): string {
  return `
export const one = task(sh\`: ${salt}; cat \${file("in.txt")} > \${out("b/one")}\`);
export const two = task(sh\`: ${salt}; cat \${file("two.txt")} > \${out("b/two")}\`);
export const opt = task(sh\`: ${salt}; cat \${file("opt.txt", { optional: true })} > \${out("b/opt")} 2>/dev/null || true\`);
export const deep = task(sh\`: ${salt}; cat \${file("f/g/a", { optional: true })} > \${out("b/deep")} 2>/dev/null || true\`);
export const way = task(sh\`: ${salt}; cat \${file("way/a")} > \${out("b/way")}\`);
export const set = task(sh\`: ${salt}; (find s -name '*.txt' 2>/dev/null || true) | LC_ALL=C sort | xargs cat /dev/null > \${out("b/set")}\`, { inputs: [files("s/**/*.txt", { allowEmpty: true })] });
export const units = each(files("e/*.txt"), (part) => task(sh\`: ${salt}; cat \${part} > \${out(\`b/e/\${part.name}\`)}\`));
export const all = task(sh\`cat \${units} > \${out("b/all")}\`);
export const say = task(sh\`: ${salt}; \${tool("say")} > \${out("b/say")}\`);
export const found = task(sh\`: ${salt} \${file("two.txt")}; cat x/y/extra > \${out("b/found")} 2>/dev/null || true; echo "b/found: x/y/extra" > \${depfile("b/found.d")}\`);
export const last = task(sh\`cat \${one} \${set} > \${out("b/last")}\`);
`;
}

const OUTPUTS = ["one", "two", "opt", "deep", "way", "set", "all", "say", "found", "last"];

/** What a clean build makes of a state. */
function expected(tree: Tree): string {
  const text = (path: string): string => tree.text(path) ?? "";
  const below = (directory: string): string => tree.textsBelow(directory, ".txt").join("");
  const [one, set] = [text("in.txt"), below("s")];
  const say = tree.text("bin1/say") ?? text("bin2/say");
  const made = {
    one,
    two: text("two.txt"),
    opt: text("opt.txt"),
    deep: text("f/g/a"),
    way: text("way/a"),
    set,
    all: below("e"),
    say: say.replace("#!/bin/sh\necho ", ""),
    found: text("x/y/extra"),
    last: one + set,
  };
  return JSON.stringify(made);
}

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** A run, with edits before the operations of these numbers. */
const run = (edits: readonly (readonly [at: number, edit: Edit])[] = []): Promise<EditedRun> =>
  runEdited(rig, ["run", "-j2", "-k"], edits, {
    PATH: `${rig.path("bin1")}:${rig.path("bin2")}:${process.env["PATH"]}`,
  });

function found(): string {
  return JSON.stringify(
    Object.fromEntries(OUTPUTS.map((name) => [name, rig.exists(`b/${name}`) ? rig.read(`b/${name}`) : undefined])),
  );
}

test(`a run that ends well stands for one state that there was while it ran (INC_ONE_STATE_SEED=${SEED})`, {
  timeout: 60_000 + STEPS * 30_000,
}, async () => {
  console.log(`one state: seed ${SEED}, ${STEPS} steps`);
  const random = new Random(SEED);
  const tree = new Tree();
  for (const edit of Tree.BEGINNING) tree.apply(edit, (path) => rig.path(path));
  let salt = 0;
  rig.manifest(manifest(salt));
  let { operations } = await run();
  const story: string[] = [];
  const tally = { good: 0, edits: 0 };
  for (let step = 0; step < STEPS; step += 1) {
    if (random.chance(0.15)) salt += 1;
    rig.manifest(manifest(salt));
    for (let edits = random.below(3); edits > 0; edits -= 1) {
      const edit = tree.edit(random);
      story.push(edit.join(" "));
      tree.apply(edit, (path) => rig.path(path));
    }
    const states = [tree.clone()];
    const planned: [number, Edit][] = [];
    let at = random.below(operations);
    for (let edits = 1 + random.below(8); edits > 0; edits -= 1) {
      const before = states.at(-1) as Tree;
      const edit = before.edit(random);
      planned.push([at, edit]);
      states.push(before.clone());
      (states.at(-1) as Tree).take(edit);
      if (random.chance(0.7)) at += random.below(random.pick([3, 20, 100]));
    }
    const outcome = await run(planned);
    story.push(
      ...planned.map(
        ([number, edit], i) => `  at ${number}: ${edit.join(" ")}${i < outcome.made ? "" : " (not made)"}`,
      ),
    );
    story.push(`run: ${outcome.code}, ${outcome.operations} operations`);
    tally.edits += outcome.made;
    const told = `${story.slice(-20).join("\n")}\n${outcome.stdout}${outcome.stderr}`;
    for (const edit of planned.slice(0, outcome.made)) tree.take(edit[1]);
    expect([0, 1], told).toContain(outcome.code);
    if (outcome.code === 0) {
      tally.good += 1;
      const possible = states.slice(0, outcome.made + 1).map(expected);
      expect(possible, told).toContain(found());
    }
    const next = await run();
    const after = `${told}\nnext:\n${next.stdout}${next.stderr}`;
    expect([step, next.code], after).toEqual([step, 0]);
    expect([step, found()], after).toEqual([step, expected(tree)]);
    const last = await run();
    expect([step, last.stdout], after).toEqual([step, expect.stringMatching(/ran 0, restored 0,/)]);
    operations = random.chance(0.5) ? Math.max(outcome.operations, 50) : Math.max(last.operations, 50);
  }
  console.log(`one state: ${JSON.stringify(tally)}`);
  // Else the walk would prove nothing.
  expect(tally.good).toBeGreaterThan(STEPS / 3);
  expect(tally.edits).toBeGreaterThan(STEPS / 2);
});
