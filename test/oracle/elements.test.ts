import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VERSION } from "../../src/host/inc-version.ts";
import type { Graph, Task } from "../../src/model/graph.ts";
import { readSnapshot } from "../../src/workspace/snapshot.ts";
import { Rig } from "../support/rig.ts";
import { Random } from "./random.ts";

/** INC_ELEMENTS_SEED repeats a walk; INC_ELEMENTS_STEPS makes it longer. */
const SEED = Number(process.env["INC_ELEMENTS_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_ELEMENTS_STEPS"] ?? 12);

/** Fan-outs over what can change: items with and without keys, members, files of a directory and of a set, units; and readers of all. */
const MANIFEST = `
import { writeFileSync } from "node:fs";
const suffix = file("suffix.txt");
export const rows = task(sh\`cat \${file("rows.json")}\`, { value: "json" });
export const byKey = each(rows, { key: (row) => row.id }, (row) => task(sh\`cat \${suffix} > \${out(\`k/\${row.id}\`)}; echo \${row.n} >> \${out(\`k2/\${row.id}\`, "more")}\`));
export const table = task(sh\`cat \${file("table.json")}\`, { value: "json" });
export const byName = each(table, (value, name) => ({
  one: task({ inputs: { suffix }, outputs: { out: \`n/\${name}\` }, run({ outputs }) { writeFileSync(outputs.out, String(value)); } }),
  two: task({ value: "json", env: { V: env("V") }, run: () => value }),
}));
export const names = task(sh\`cat \${file("names.txt")}\`, { value: "lines" });
export const byItem = each(names, (name) => task(sh\`cat \${files(\`e/\${name}*.txt\`, { allowEmpty: true })} /dev/null > \${out(\`i/\${name}\`)}\`));
export const parts = task(sh\`mkdir -p \${out("p/")} && for n in $(cat \${file("names.txt")}); do echo $n > p/$n.part; done\`);
export const inDirectory = each(parts, (part) => task(sh\`cat \${part} > \${out(\`d/\${part.name}\`)}\`));
export const ofSet = each(files("e/*.txt"), (source) => task(sh\`cat \${source} > \${out(\`s/\${source.name}\`)}\`));
export const nested = each(rows, { key: (row) => row.id }, (row) =>
  each(Array.from({ length: row.n }, (_, i) => i), (i) => task(sh\`echo \${i} > \${out(\`ne/\${row.id}-\${i}\`)}\`)));
export const derived = each(ofSet, (unit, key) => task(sh\`cat \${unit} \${unit} > \${out(\`s2/\${key}\`)}\`));
export const doubled = each(table, (value) => task({ value: "json", run: () => 2 * value }));
export const values = task({ inputs: { doubled }, value: "json", run: ({ inputs }) => Object.fromEntries(inputs.doubled) });
export const all = task(sh\`cat \${byKey.outputs.more} \${byItem} \${inDirectory} \${derived} /dev/null > \${out("all")}\`, { after: [ofSet] });
`;

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(MANIFEST);
});

afterEach(() => rig.close());

const NAMES = ["a", "b", "c", "d", "f", "g", "h"];

/** What is fanned out over. */
class Sources {
  readonly #random: Random;
  rows = NAMES.map((id, n) => ({ id, n }));
  table: Record<string, number> = Object.fromEntries(NAMES.map((name, n) => [name, n]));
  names = [...NAMES];
  files = new Map(NAMES.map((name) => [name, "x\n"]));

  constructor(random: Random) {
    this.#random = random;
  }

  /** One edit, as a story. */
  edit(): string {
    const name = this.#random.pick([...NAMES, "y", "z"]);
    const n = this.#random.below(3);
    const isGoing = this.#random.chance(0.4);
    const story = `${isGoing ? "without" : "with"} ${name} ${n}`;
    switch (this.#random.below(6)) {
      case 0: {
        const others = this.rows.filter(({ id }) => id !== name);
        this.rows = isGoing
          ? others
          : this.#random.chance(0.5)
            ? [{ id: name, n }, ...others]
            : [...others, { id: name, n }];
        return `rows ${story}`;
      }
      case 1:
        if (isGoing) delete this.table[name];
        else this.table[name] = n;
        return `table ${story}`;
      case 2:
        this.names = [...this.names.filter((other) => other !== name), ...(isGoing ? [] : [name])];
        return `names ${story}`;
      case 3:
        if (isGoing) this.files.delete(name);
        else this.files.set(name, `${n}\n`);
        return `files ${story}`;
      case 4:
        this.rows.reverse();
        return "rows reversed";
      default:
        rig.write("suffix.txt", `${n}\n`);
        return `suffix ${n}`;
    }
  }

  write(): void {
    rig.write("rows.json", JSON.stringify(this.rows));
    rig.write("table.json", JSON.stringify(this.table));
    rig.write("names.txt", `${this.names.join("\n")}\n`);
    for (const name of [...NAMES, "y", "z"]) {
      const text = this.files.get(name);
      if (text === undefined) rig.remove(`e/${name}.txt`);
      else rig.write(`e/${name}.txt`, text);
    }
  }
}

/** What the last run left of the graph, without what depends on the way in which it was made: indexes, and the order of tasks. */
function graph(): unknown {
  const snapshot = readSnapshot(rig.path(".inc/snapshot"), VERSION);
  if (snapshot === undefined) throw new Error("there is no snapshot");
  const { tasks, sets, code, config, groups, expansions } = snapshot.graph();
  const plain = ({ inputs, action, after, ...task }: Task): unknown => ({
    ...task,
    after: [...after].sort(),
    inputs: inputs.map((input) => (input.kind === "files" ? sets[input.set] : input)),
    action:
      action.kind === "function"
        ? { ...action, reach: reachOf(code, action.code.reach), code: { ...action.code, reach: 0 } }
        : action,
  });
  const byId = tasks.map((task) => [task.id, plain(task)] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return { tasks: Object.fromEntries(byId), config, groups, expansions };
}

function reachOf(code: Graph["code"], index: number): unknown {
  const reach = code?.reaches[index];
  return reach && { ...reach, parts: reach.parts.map(([part, via]) => [code?.parts[part], via]) };
}

test(`a graph in which changed elements alone are expanded is that of all elements (INC_ELEMENTS_SEED=${SEED})`, {
  timeout: 60_000 + STEPS * 30_000,
}, async () => {
  console.log(`elements: seed ${SEED}, ${STEPS} steps`);
  const random = new Random(SEED);
  const sources = new Sources(random);
  const debug = rig.path(".gate-debug");
  const story: string[] = [];
  sources.write();
  rig.write("suffix.txt", "s\n");
  await rig.run("run");
  for (let step = 0; step < STEPS; step += 1) {
    for (let edits = 1 + random.below(2); edits > 0; edits -= 1) story.push(sources.edit());
    sources.write();
    const short = await rig.start(["run"], {
      env: { INC_SHORTCUTS: "all", INC_DEBUG: "access", INC_DEBUG_FILE: debug },
    }).ended;
    const told = `${story.slice(-8).join("\n")}\n${short.stdout}${short.stderr}`;
    expect([step, short.code], told).toEqual([step, 0]);
    const updated = graph();
    // An edit that changes nothing but what the module is: all is expanded again.
    rig.write("pipeline.ts", `${readFileSync(rig.path("pipeline.ts"), "utf8").replace(/\/\/.*\n$/, "")}// ${step}\n`);
    const full = await rig.start(["run"], { env: { INC_SHORTCUTS: "none" } }).ended;
    expect([step, full.stdout], told).toEqual([step, expect.stringContaining("ran 0, restored 0")]);
    expect([step, updated], told).toEqual([step, graph()]);
    expect(rig.read("all"), told).toBe(expectedOf(sources));
  }
  // Else the walk would prove nothing.
  expect(readFileSync(debug, "utf8").match(/what has changed was expanded/g)?.length ?? 0).toBeGreaterThan(STEPS / 3);
});

function expectedOf({ rows, names, files }: Sources): string {
  const inOrder = (keys: Iterable<string>): string[] => [...keys].sort();
  const numbers = inOrder(rows.map(({ id, n }) => `${id} ${n}`)).map((one) => `${one.split(" ")[1]}\n`);
  const matching = (name: string): string => files.get(name) ?? "";
  return [
    ...numbers,
    ...inOrder(names).map(matching),
    ...inOrder(names).map((name) => `${name}\n`),
    ...inOrder(files.keys()).map((name) => matching(name).repeat(2)),
  ].join("");
}
