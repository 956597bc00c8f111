import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const SHOPS = `
export const shops = each(records(file("shops.csv"), { key: "id" }), (shop, key) =>
  task(sh\`echo \${key} \${shop.tax} > \${out(\`build/\${shop.id}\`)}\`));
export const all = task(sh\`cat \${shops} /dev/null > \${out("all")}\`);
`;

test("one unit for each record of a table: an edited row reruns one, wherever it stands", async () => {
  rig.manifest(SHOPS);
  rig.write("shops.csv", 'id,tax\neu,1\n"u,s","2\n3"\n');
  const reads = "records(shops.csv, id): ran";
  expect(await rig.results()).toEqual(["all: ran", reads, "shops[eu]: ran", "shops[u,s]: ran"]);
  expect(rig.read("all")).toBe("eu 1\nu,s 2\n3\n");
  rig.write("shops.csv", 'id,tax\nnew,9\n"u,s","2\n3"\neu,4\n');
  expect(await rig.results()).toEqual(["all: ran", reads, "shops[eu]: ran", "shops[new]: ran"]);
  rig.write("shops.csv", "tax,id\n9,new\n");
  expect(await rig.results()).toEqual(["all: ran", reads]);
  expect(rig.exists("build/eu")).toBe(false);
  expect((await rig.run("run")).stdout).toContain("ran 0");
  expect((await rig.run("get", "records(shops.csv, id)")).stdout).toBe('{"new":{"id":"new","tax":"9"}}');
});

test("records of lines of JSON that a task makes have the types of JSON; functions get them as they are", async () => {
  rig.manifest(`
    export const made = task(sh\`cat \${file("in")} > \${out("build/a.jsonl", "lines")}\`);
    export const rows = records<{ at: string; n: number; tags: string[] }>(made, { key: ["at", "n"] });
    export const sums = each(rows, (row) => task({ value: "json", run: () => row.n + row.tags.length }));
  `);
  rig.write("in", '{"at":"x","n":1,"tags":["a"]}\n\n{"at":"x,y","n":2,"tags":[]}');
  expect(await rig.results()).toEqual(["made: ran", "rows: ran", "sums[x,1]: ran", "sums[x\\,y,2]: ran"]);
  expect((await rig.run("get", "sums[x,1]")).stdout).toBe("2");
  rig.write("in", '{"at":"x,y","tags":[], "n":2}\n{"at":"x","n":1,"tags":["a","b"]}');
  expect(await rig.results()).toEqual(["made: ran", "rows: ran", "sums[x,1]: ran"]);
});

test("pieces of a file: a new line at the top reruns the units near it", async () => {
  rig.manifest(`
    export const pieces = records(file("log.csv"), { pieces: "pieces" });
    export const counted = each(pieces, (piece) => task(sh\`wc -l < \${piece} > \${out(\`build/\${piece.stem}\`)}\`));
  `);
  const rows = Array.from({ length: 12_000 }, (_, i) => `${i},"${(i * 2654435761) % 4294967296}\n"`);
  rig.write("log.csv", `id,n\n${rows.join("\n")}\n`);
  const first = await rig.results();
  expect(first.length).toBeGreaterThan(4);
  rig.write("log.csv", `id,n\nnew,1\n${rows.join("\n")}\n`);
  const second = await rig.results();
  expect(second).toContain("pieces: ran");
  expect(second.length).toBeGreaterThan(1);
  expect(second.length).toBeLessThan(4);
});

test("a file without records fails the task with its line, and a better file mends that", async () => {
  rig.manifest(SHOPS);
  rig.write("shops.csv", "id,tax\neu,1\nus,1\neu,2\n");
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain('INC4342: two records have the key "eu"');
  expect(stdout).toContain("shops.csv:4:");
  expect(stdout).not.toContain("DiagnosticError");
  expect(stdout).toMatch(/skipped\s+all/);
  rig.write("shops.csv", "id,tax\neu,1\n");
  expect((await rig.run("run")).code).toBe(0);
});

test.each([
  ["records(5 as never, { key: 'id' })", "INC2533: records() is given something that is not one file"],
  ["records(task(sh`true ${out('d/')}`), { key: 'id' })", "INC2533: records() is given something that is not one file"],
  [
    "records(task(sh`echo 1`, { value: 'json' }).outputs.value, { key: 'id' })",
    "INC2533: records() is given something",
  ],
  [
    "records(file('a.csv'), {} as never)",
    "INC2533: records() takes either a key or a directory for pieces, and is given neither or both",
  ],
])("%s is refused", async (call, message) => {
  rig.manifest(`export const t = ${call};`);
  const { code, stderr } = await rig.run("run");
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
