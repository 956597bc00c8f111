import { randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EventLines } from "../support/event-lines.ts";
import { Rig } from "../support/rig.ts";
import { Random } from "./random.ts";

/** INC_REPLANNING_SEED repeats a walk; INC_REPLANNING_STEPS makes it longer. */
const SEED = Number(process.env["INC_REPLANNING_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_REPLANNING_STEPS"] ?? 25);

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** Some tasks sleep before they read, some after, so that edits meet attempts in every phase. */
const PIPELINE = `
const s = files("s/**/*.txt");
export const plain = task(sh\`sleep .1; cat \${file("in/a")} > \${out("b/plain")}; sleep .2\`);
export const gen = task(sh\`tr -d x < \${file("in/g")} > \${out("b/gen")}\`);
export const late = task(sh\`sleep .2; cat \${gen} \${file("in/h")} > \${out("b/late")}; sleep .1\`);
export const set = task(sh\`sleep .1; find s -name '*.txt' | LC_ALL=C sort | xargs cat > \${out("b/set")}; sleep .1\`, { inputs: [s] });
export const tree = task(sh\`mkdir -p t; cp in/a t/a; sleep .2; cp in/h t/h\`, { inputs: [file("in/a"), file("in/h")], outputs: { t: "t/" } });
export const leaf = task(sh\`sleep .1; cat t/a t/h > \${out("b/leaf")}\`, { inputs: [tree] });
export const all = task(sh\`cat \${plain} \${late} \${set} \${leaf} > \${out("b/all")}\`);
export const mark = task(sh\`cat \${file("mark.txt")} > \${out("mark.out")}\`);
`;

/** The texts of the sources. They have few states, so that each soon recurs and reveals a wrong entry. */
class Sources {
  readonly #texts = new Map<string, string>();

  write(path: string, text: string): void {
    rig.write(path, text);
    this.#texts.set(path, text);
  }

  edit(random: Random): void {
    const path = random.pick(["in/a", "in/g", "in/h", "s/a.txt", "s/sub/b.txt"]);
    const before = this.#texts.get(path);
    if (path.startsWith("s/") && before !== undefined && random.chance(0.4)) {
      rig.remove(path);
      this.#texts.delete(path);
    } else this.write(path, random.pick(["p\n", "q\n", "px\n"]));
    // A task may have read the text in between, though the file looks unchanged afterwards.
    if (before !== undefined && random.chance(0.2)) this.write(path, before);
  }

  all(): string {
    const of = (path: string): string => this.#texts.get(path) ?? "";
    const late = of("in/g").replaceAll("x", "") + of("in/h");
    return `${of("in/a")}${late}${of("s/a.txt")}${of("s/sub/b.txt")}z\n${of("in/a")}${of("in/h")}`;
  }
}

test(`edits under watch while tasks run are in every result (INC_REPLANNING_SEED=${SEED})`, {
  timeout: 60_000 + STEPS * 20_000,
}, async () => {
  console.log(`replanning: seed ${SEED}, ${STEPS} steps`);
  const random = new Random(SEED);
  const sources = new Sources();
  rig.manifest(PIPELINE);
  for (const path of ["in/a", "in/g", "in/h", "s/a.txt", "s/sub/b.txt"]) sources.write(path, "p\n");
  // A set must not be empty.
  rig.write("s/z.txt", "z\n");
  rig.write("mark.txt", "begin\n");
  const running = rig.start(["watch", "--json", "-j", String(2 + random.below(3))]);
  const lines = new EventLines(running);
  await lines.quietAfter("mark");
  for (let step = 0; step < STEPS; step += 1) {
    for (let edits = 1 + random.below(5); edits > 0; edits -= 1) {
      sources.edit(random);
      await wait(random.below(250));
    }
    rig.write("mark.txt", `${step}\n`);
    await lines.quietAfter("mark");
    expect(rig.read("b/all"), `step ${step}`).toBe(sources.all());
  }
  running.child.kill("SIGINT");
  expect(await running.ended).toMatchObject({ code: 130 });
});
