import { randomInt } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Random } from "../../oracle/random.ts";
import { Rig } from "../../support/rig.ts";
import { type Mark, PythonModules } from "./random-modules.ts";
import { PYTHON, WHY_NOT } from "./trees.ts";

/** INC_PYTHON_SEED repeats a walk; INC_PYTHON_STEPS makes it longer. */
const SEED = Number(process.env["INC_PYTHON_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_PYTHON_STEPS"] ?? 12);

const MANIFEST = `
import { python } from "inc-run";
const etl = python("etl.py", { interpreter: tool(${JSON.stringify(PYTHON)}) });
const source = file("in.txt");
export const call = task({ inputs: { source }, outputs: { out: "build/call" }, run: etl.fn("call") });
export const registered = task({ inputs: { source }, outputs: { out: "build/registered" }, run: etl.fn("registered") });
export const value = task({ inputs: { source }, value: "json", run: etl.fn("value") });
export const use = task({ inputs: { x: value.pick((v) => v.x) }, outputs: { out: "build/use" }, run: etl.fn("use") });
export const made = each(files("e/*.txt", { allowEmpty: true }), { batch: 2 }, (f) =>
  task({ inputs: { f }, outputs: { out: \`build/e/\${f.name}\` }, runAll: etl.fn("each") }));
`;

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(MANIFEST);
});

afterEach(() => rig.close());

/** What the tasks should make: everything that an edit can change stands in the text that it decides. */
class Model {
  readonly modules: PythonModules;
  readonly #random: Random;
  source = "s";
  readonly elements = new Map([
    ["p", "1"],
    ["q", "2"],
  ]);
  /** Task → all that it has ever made, and what it made last. */
  readonly #made = new Map<string, { readonly all: Set<string>; last: string }>();

  constructor(random: Random) {
    this.#random = random;
    this.modules = new PythonModules(random);
  }

  edit(): string {
    if (this.#random.chance(0.75)) return this.modules.edit();
    if (this.#random.chance(0.5)) {
      this.source = this.#random.pick(["s", "t"]);
      return `in.txt ${this.source}`;
    }
    const name = this.#random.pick(["p", "q", "v"]);
    if (this.#random.chance(0.4)) this.elements.delete(name);
    else this.elements.set(name, this.#random.pick(["1", "2"]));
    return `e/${name}.txt ${this.elements.get(name) ?? "is gone"}`;
  }

  write(): void {
    rig.write("in.txt", this.source);
    for (const [path, text] of this.modules.files())
      if (text === null) rig.remove(path);
      else rig.write(path, text);
    for (const name of ["p", "q", "v"]) {
      const text = this.elements.get(name);
      if (text === undefined) rig.remove(`e/${name}.txt`);
      else rig.write(`e/${name}.txt`, text);
    }
  }

  /** Task → what it makes. */
  made(): ReadonlyMap<string, string> {
    const said = (...marks: readonly Mark[]): string =>
      marks.map((mark) => `${mark}=${this.modules.marks[mark]}|`).join("");
    const x = `${this.source}${said("A2")}`;
    return new Map([
      ["call", `${this.source}${said("C", "B", "A")}`],
      ["registered", `${this.source}${said("R")}`],
      ["value", JSON.stringify({ x, y: said("D") })],
      ["use", `${x}${said("U")}`],
      ...[...this.elements].map(([name, text]) => [`made[${name}.txt]`, `${text}${said("C", "K")}`] as const),
    ]);
  }

  /** What a run does now: a task runs once for all that it makes, and its result is restored whenever it would make the same. */
  decide(): string[] {
    const now = this.made();
    // The outputs of an element that went are gone as well.
    for (const [task, made] of this.#made) if (!now.has(task)) made.last = "";
    return [...now].flatMap(([task, text]) => {
      const before = this.#made.get(task) ?? { all: new Set(), last: "" };
      const how = before.last === text ? [] : [`${task}: ${before.all.has(text) ? "restored" : "ran"}`];
      this.#made.set(task, { all: before.all.add(text), last: text });
      return how;
    });
  }
}

test.skipIf(WHY_NOT !== undefined)(
  `Python functions run when what they reach has changed, and only then (INC_PYTHON_SEED=${SEED})`,
  { timeout: 60_000 + STEPS * 30_000 },
  async () => {
    console.log(`Python: seed ${SEED}, ${STEPS} steps`);
    const random = new Random(SEED);
    const model = new Model(random);
    const story: string[] = [];
    for (let step = 0; step < STEPS; step += 1) {
      if (step > 0) for (let edits = 1 + random.below(2); edits > 0; edits -= 1) story.push(model.edit());
      model.write();
      const told = story.slice(-8).join("\n");
      const results = (await rig.results()).filter((line) => !line.includes(".pick("));
      expect([step, results], told).toEqual([step, model.decide().sort()]);
      for (const [task, text] of model.made())
        expect([step, task, await madeBy(task)], told).toEqual([step, task, text]);
    }
  },
);

async function madeBy(task: string): Promise<string> {
  if (task === "value") return (await rig.run("get", "value")).stdout;
  return rig.read(task.startsWith("made[") ? `build/e/${task.slice("made[".length, -1)}` : `build/${task}`);
}
