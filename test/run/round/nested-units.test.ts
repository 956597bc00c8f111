import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

async function units(): Promise<string[]> {
  return (JSON.parse((await rig.run("list", "--json")).stdout) as { id: string }[]).map(({ id }) => id).sort();
}

test("an each() in the callback of another one: keys of both, by sources and items", async () => {
  rig.manifest(`
    export const sized = each(files("data/*.txt"), (text) =>
      each([1, 2], (n) => task(sh\`head -c \${n} \${text} > \${out(\`build/\${text.stem}-\${n}\`)}\`)));
    export const all = task(sh\`cat \${sized} > \${out("all")}\`);
    export const upper = each(sized, (unit, key) => task(sh\`tr a-z A-Z < \${unit} > \${out(\`upper/\${key}\`)}\`));
  `);
  rig.write("data/a.txt", "abc");
  rig.write("data/b.txt", "xyz");
  expect(await rig.results()).toEqual([
    "all: ran",
    ...["sized[a.txt/1]", "sized[a.txt/2]", "sized[b.txt/1]", "sized[b.txt/2]"].map((id) => `${id}: ran`),
    ...["upper[a.txt/1]", "upper[a.txt/2]", "upper[b.txt/1]", "upper[b.txt/2]"].map((id) => `${id}: ran`),
  ]);
  expect(rig.read("all")).toBe("aabxxy");
  expect(rig.read("upper/b.txt/2")).toBe("XY");
  expect((await rig.run("run")).stdout).toContain("ran 0, restored 0, fresh 9");
  rig.remove("data/a.txt");
  expect(await rig.results()).toEqual(["all: ran"]);
  expect([rig.exists("build/a-1"), rig.exists("upper/a.txt/1"), rig.exists("build/b-1")]).toEqual([false, false, true]);
  rig.write("data/b.txt", "!yz");
  expect(await rig.results("sized[b.txt/*]")).toEqual(["sized[b.txt/1]: ran", "sized[b.txt/2]: ran"]);
  expect((await rig.run("list")).stdout).toMatch(/sized\s+2 units/);
  expect((await rig.run("graph", "--format", "json")).stdout).toContain("sized[b.txt/2]");
});

/** The records of each file: units of what a task in the callback makes. */
const RECORDS = `
import { readFileSync, writeFileSync } from "node:fs";
export const tables = each(files("data/*.csv"), (table) => {
  const rows = each(records(table, { key: "id" }), (row) =>
    task({
      outputs: { o: \`build/\${table.stem}/\${row.id}\` },
      run({ outputs }) {
        if (row.n === "bad") throw new Error("a bad row");
        writeFileSync(outputs.o, String(Number(row.n) * 2));
      },
    }));
  const lines = task(sh\`wc -l < \${table} > \${out(\`build/\${table.stem}.lines\`)}\`);
  const sum = task({
    inputs: { rows },
    value: "json",
    async run({ inputs }) {
      let sum = 0;
      for (const { o } of inputs.rows.values()) sum += Number(await o.text());
      return sum;
    },
  });
  return { rows, lines, sum };
});
export const total = task({ inputs: { sums: tables.sum, rows: tables.rows, lines: tables.lines }, value: "json", run: ({ inputs }) =>
  [[...inputs.sums.values()].reduce((a, b) => a + b, 0), [...inputs.rows.keys()], [...inputs.lines.keys()]] as const });
export const twice = each(tables.rows, (row, key) => task(sh\`cat \${row} \${row} > \${out(\`twice/\${key}\`)}\`));
`;

test("over what tasks in the callback make: both levels in one run, and each change alone", async () => {
  rig.manifest(RECORDS);
  rig.write("data/eu.csv", "id,n\na,1\nb,2\n");
  rig.write("data/us.csv", "id,n\nc,3\n");
  const first = await rig.run("run");
  expect(first.code).toBe(0);
  expect((await rig.run("get", "total")).stdout).toBe('[12,["eu.csv/a","eu.csv/b","us.csv/c"],["eu.csv","us.csv"]]');
  expect(await units()).toEqual(
    [
      ...["eu.csv", "us.csv"].flatMap((key) => [
        `tables[${key}].lines`,
        `tables[${key}].rows.records`,
        `tables[${key}].sum`,
      ]),
      ...["eu.csv/a", "eu.csv/b", "us.csv/c"].flatMap((key) => [`tables[${key}].rows`, `twice[${key}]`]),
      "total",
    ].sort(),
  );
  expect(rig.read("twice/us.csv/c")).toBe("66");
  // Two tables with three rows; to read their records is no unit.
  expect((await rig.run("list")).stdout).toMatch(/^tables +5 units$/m);
  expect((await rig.run("run")).stdout).toContain("ran 0, restored 0");
  // One row changes, one is new, one goes.
  rig.write("data/eu.csv", "id,n\na,1\nd,5\n");
  expect(await rig.results()).toEqual([
    "tables[eu.csv/d].rows: ran",
    "tables[eu.csv].lines: ran",
    "tables[eu.csv].rows.records: ran",
    "tables[eu.csv].sum: ran",
    "total: ran",
    "twice[eu.csv/d]: ran",
  ]);
  expect([rig.exists("build/eu/b"), rig.exists("twice/eu.csv/b")]).toEqual([false, false]);
  expect((await rig.run("lineage", "twice/eu.csv/d")).stdout).toContain("tables[eu.csv/d].rows");
  // A table goes, with all that was made of its rows.
  rig.remove("data/us.csv");
  expect(await rig.results()).toEqual(["total: ran"]);
  expect([rig.exists("build/us/c"), rig.exists("twice/us.csv/c"), rig.exists("build/us.lines")]).toEqual([
    false,
    false,
    false,
  ]);
});

test("failures are isolated: of a unit, of a table, and what is not known keeps its outputs", async () => {
  rig.manifest(RECORDS);
  rig.write("data/eu.csv", "id,n\na,1\nb,2\n");
  rig.write("data/us.csv", "id,n\nc,3\n");
  expect((await rig.run("run")).code).toBe(0);
  rig.write("data/eu.csv", "id,n\na,1\nb,bad\n");
  const unit = await rig.run("run", "--keep-going");
  expect(unit.stdout).toMatch(/failed\s+tables\[eu\.csv\/b\]\.rows/);
  expect(unit.stdout).toMatch(/skipped\s+tables\[eu\.csv\]\.sum/);
  rig.write("data/eu.csv", "id,n\na,1\na,2\n");
  rig.write("data/us.csv", "id,n\nc,4\n");
  const twice = await rig.run("run", "--keep-going");
  expect(twice.stdout).toContain("INC4342");
  expect(twice.stdout).toMatch(/ran\s+tables\[us\.csv\/c\]\.rows/);
  // Neither of its rows is known to be gone.
  expect([rig.exists("build/eu/a"), rig.exists("twice/eu.csv/a")]).toEqual([true, true]);
  rig.write("data/eu.csv", "id,n\nz,1\n");
  expect((await rig.run("run")).code).toBe(0);
  expect([rig.exists("build/eu/a"), rig.exists("build/eu/z")]).toEqual([false, true]);
});

test("before anything has run, units can be named, and --dry says what is not known", async () => {
  rig.manifest(RECORDS);
  rig.write("data/eu.csv", "id,n\na,1\nb,2\n");
  rig.write("data/us.csv", "id,n\nc,3\n");
  expect((await rig.run("run", "--dry")).stdout).toMatch(
    /would-run tables\[eu\.csv\]\.sum\s+tables\[eu\.csv\]\.rows\.records would run first\n.*\nwould-run total/,
  );
  expect((await rig.run("list")).stdout).toContain(
    "tables[eu.csv/*].rows  its units are known once tables[eu.csv].rows.records has run",
  );
  expect(await rig.results("tables[eu.csv/b].rows")).toEqual([
    "tables[eu.csv/b].rows: ran",
    "tables[eu.csv].rows.records: ran",
  ]);
  expect(await rig.results("tables.rows")).toContain("tables[us.csv/c].rows: ran");
});

test("both levels by what tasks make, three deep, and derived in the callback", async () => {
  rig.manifest(`
    export const regions = task(sh\`cat \${file("regions.json")}\`, { value: "json" });
    export const made = each(regions, (years, region) => {
      const list = task(sh\`echo \${JSON.stringify(years)}\`, { value: "json" });
      const reports = each(list, (year) => each(["x", "y"], (kind) => task(sh\`echo \${region} \${year} \${kind} > \${out(\`r/\${region}-\${year}-\${kind}\`)}\`)));
      const copies = each(reports, (report, key) => task(sh\`cp \${report} \${out(\`c/\${region}/\${key}\`)}\`));
      return { list, reports, copies };
    });
    export const all = task(sh\`cat \${made.copies} /dev/null > \${out("all")}\`);
  `);
  rig.write("regions.json", '{ "eu": [1, 2], "us": [] }');
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("all")).toBe("eu 1 x\neu 1 y\neu 2 x\neu 2 y\n");
  rig.write("regions.json", '{ "eu": [2], "us": [3] }');
  expect((await rig.results()).filter((result) => result.includes("reports"))).toEqual([
    "made[us/3/x].reports: ran",
    "made[us/3/y].reports: ran",
  ]);
  expect(rig.read("all")).toBe("eu 2 x\neu 2 y\nus 3 x\nus 3 y\n");
  expect([rig.exists("r/eu-1-x"), rig.exists("c/eu/1/x")]).toEqual([false, false]);
});

test.each([
  ['each([1], () => each(["a", "a"], (m) => task(sh`echo ${m}`)))', 'INC2506: two units have the key "a"'],
  [
    'each(["a", "a/b"], (n) => each([n === "a" ? "b/c" : "c"], (m) => task(sh`echo ${m}`)))',
    'INC2506: two units have the key "a/b/c"',
  ],
  ["each([1, 2], () => shared)", "INC2505: the callback of each() returned an each() that was not made in it"],
  ["each([1], deeper)", "INC2505: an each() is in the callbacks of 8 others"],
  [
    "each([1], () => ({ a: each([2], () => task(sh`true`)), b: 3 as never }))",
    'INC2505: the callback of each() returned no task for "1"',
  ],
  [
    "each([1], () => { const hidden = each([2], () => task(sh`true`)); return task(sh`true`, { inputs: [hidden] }); })",
    "INC2508: a task depends on an each() that no export reaches",
  ],
  [
    'each([1], () => each(task(sh`echo 1`, { value: "lines" }), () => task(sh`true`)))',
    "INC2508: each() fans out over what a task makes that no export reaches",
  ],
  [
    "each([1], () => each(e, () => task(sh`true`)))",
    "INC2508: each() fans out over the units of an each() that it is a part of",
  ],
  [
    "each([1], () => ({ a: each([2], () => task(sh`true`)) })); export const f = each(e.b, () => task(sh`true`))",
    'INC2509: each() fans out over the tasks "b"',
  ],
])("%s is refused", async (over, message) => {
  rig.manifest(`
    const deeper = () => each([1], deeper);
    export const shared = each([1], () => task(sh\`true\`));
    export const e: any = ${over};`);
  const { code, stderr } = await rig.run("run");
  expect(stderr).toContain(message);
  expect(stderr).toContain("pipeline.ts:");
  expect(code).toBe(2);
});
