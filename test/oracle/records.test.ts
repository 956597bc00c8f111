import { randomInt } from "node:crypto";
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { Random } from "./random.ts";

/** INC_RECORDS_SEED repeats a walk; INC_RECORDS_STEPS makes it longer. */
const SEED = Number(process.env["INC_RECORDS_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_RECORDS_STEPS"] ?? 20);

const MANIFEST = `
export const rows = each(records(file("t.csv"), { key: ["a", "b"] }), (row, key) =>
  task(sh\`echo \${key} \${row.n} > \${out(\`rows/\${row.a}-\${row.b}\`)}\`));
export const lengths = each(rows, (row, key) => task({ inputs: { row }, value: "json", run: async ({ inputs }) => (await inputs.row.text()).length }));
export const copies = each(lengths, (length, key) => task(sh\`cat \${length} > \${out(\`copies/\${key}\`)}\`));
export const sum = task({ inputs: { lengths }, value: "json", run: ({ inputs }) => Object.fromEntries(inputs.lengths) });
`;

/** Keys and numbers of a table, in the order of its rows. */
type Table = (readonly [key: string, n: string])[];

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(MANIFEST);
});

afterEach(() => rig.close());

function edited(table: Table, random: Random): Table {
  const rows = [...table];
  const at = random.below(rows.length);
  const [key = ""] = rows[at] ?? [];
  const value = random.pick(["1", "22", "333", 'a"b', "x\ny"]);
  switch (random.below(rows.length === 0 ? 1 : 4)) {
    case 0: {
      const added = `${random.pick(["p", "q", "r"])},${random.below(4)}`;
      return [[added, value] as const, ...rows.filter(([other]) => other !== added)];
    }
    case 1:
      return rows.filter((_, i) => i !== at);
    case 2:
      return rows.with(at, [key, value]);
    default:
      return rows.reverse();
  }
}

function write(table: Table): void {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  rig.write("t.csv", ["a,b,n", ...table.map(([key, n]) => `${key},${quoted(n)}`), ""].join("\n"));
}

/** What has to be there. */
function expected(table: Table) {
  const lengths = table.map(([key, n]) => [key, `${key} ${n}\n`.length] as const);
  return {
    rows: new Map(table.map(([key, n]) => [key.replace(",", "-"), `${key} ${n}\n`])),
    copies: new Map(lengths.map(([key, length]) => [key, `${length}`])),
    sum: Object.fromEntries(lengths),
  };
}

function found() {
  const filesIn = (directory: string): Map<string, string> => {
    const names = rig.exists(directory) ? readdirSync(rig.path(directory)) : [];
    return new Map(names.map((name) => [name, rig.read(`${directory}/${name}`)]));
  };
  return {
    rows: filesIn("rows"),
    copies: filesIn("copies"),
    sum: JSON.parse(rig.read(".inc/values/sum.json")) as unknown,
  };
}

test(`units of records, and of those, are what the table says, and only changed ones run (INC_RECORDS_SEED=${SEED})`, async () => {
  const random = new Random(SEED);
  let table: Table = [];
  write(table);
  await rig.run("run");
  for (let step = 0; step < STEPS; step += 1) {
    const before = new Map(table);
    table = edited(table, random);
    write(random.chance(0.2) ? [...table, ["p,1", "twice"], ["p,1", "twice"]] : table);
    const mistaken = rig.read("t.csv").includes("twice");
    if (mistaken) {
      const left = found();
      expect((await rig.run("run", "--keep-going")).code).toBe(1);
      expect(found()).toEqual(left);
      write(table);
    }
    const results = await rig.results();
    expect(found(), `step ${step}`).toEqual(expected(table));
    const units = results.flatMap((result) => /^rows\[(.*)\]: /.exec(result)?.[1] ?? []);
    for (const key of units) expect(before.get(key), `step ${step}: ${key}`).not.toBe(new Map(table).get(key));
  }
}, 300_000);
