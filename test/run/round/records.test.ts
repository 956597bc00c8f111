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

test("lineage knows the element of an array by a member that is its key; of a key that is computed it has the key alone", async () => {
  rig.manifest(`
    export const rows = task(sh\`cat \${file("rows.json")}\`, { value: "json" });
    export const made = each(rows, { key: (row: Row) => row.at.id }, (row) => task(sh\`echo \${row.n} > \${out(\`m/\${row.at.id}\`)}\`));
    export const upper = each(rows, { key: ({ at }) => at.id.toUpperCase() }, (row) => task(sh\`echo \${row.n} > \${out(\`u/\${row.at.id}\`)}\`));`);
  const write = (b: number): void =>
    rig.write("rows.json", `[{ "at": { "id": "a" }, "n": 1 }, { "at": { "id": "b" }, "n": ${b} }]`);
  write(2);
  expect((await rig.run("run")).code).toBe(0);
  const before = (await rig.run("lineage", "m/a")).stdout;
  const digest = /value:rows@1 .* element a ([0-9a-f]{12})\n/.exec(before)?.[1];
  expect(digest, before).toBeDefined();
  expect((await rig.run("lineage", "u/a")).stdout).toMatch(/value:rows@1 .* element A(?! [0-9a-f]{12})/);
  write(3);
  expect(await rig.results()).toEqual(["made[b]: ran", "rows: ran", "upper[B]: ran"]);
  // The element is the same one in the latest version.
  expect((await rig.run("lineage", "m/a")).stdout).toMatch(new RegExp(`value:rows@2 .* element a ${digest}\n`));
  expect((await rig.run("lineage", "u/a")).stdout).toMatch(/value:rows@1 .* element A(?! [0-9a-f]{12})/);
  expect((await rig.run("why", "made[b]")).stdout).toMatch(
    /element b of value:rows {2}[0-9a-f]{12} → [0-9a-f]{12}\n +-\/n {2}2\n +\+\/n {2}3\n/,
  );
  expect((await rig.run("why", "made[a]")).stdout).not.toContain("element");
  expect((await rig.run("lineage", "--down", "rows.json")).stdout).toContain("all up to date");
});

test("lineage leads from a unit to its record and to the file, and why names the record that changed", async () => {
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    const shops = records(file("shops.csv"), { key: "id" });
    export const cards = each(shops, (shop, id) =>
      task({ outputs: { o: \`build/\${id}\` }, run({ outputs }) { writeFileSync(outputs.o, shop.tax as string); } }));
    export const years = task(sh\`cat \${file("years.json")}\`, { value: "json" });
    export const made = each(years, (list, region) => each(list as number[], (year) => task(sh\`echo \${year} > \${out(\`made/\${region}-\${year}\`)}\`)));
    export const twice = each(cards, (card, id) => task(sh\`cat \${card} \${card} > \${out(\`twice/\${id}\`)}\`));`);
  rig.write("shops.csv", "id,tax\neu,5\nus,6\n");
  rig.write("years.json", '{ "a/b": [1, 2], "c": [1] }');
  expect((await rig.run("run")).code).toBe(0);
  rig.write("shops.csv", "id,tax\nus,7\neu,5\n");
  expect(await rig.results()).toEqual(["cards[us]: ran", "records(shops.csv, id): ran", "twice[us]: ran"]);
  const us = await rig.run("lineage", "build/us");
  expect(us.stdout).toMatch(/value:records\(shops\.csv, id\)@2 .* element us [0-9a-f]{12}\n/);
  expect(us.stdout).toContain("shops.csv@2");
  // It was made of the version before, of the same record: that is in the latest one.
  expect((await rig.run("lineage", "build/eu")).stdout).toMatch(/value:records\(shops\.csv, id\)@2 .* element eu /);
  expect((await rig.run("lineage", "build/us@1")).stdout).toMatch(/value:records\(shops\.csv, id\)@1 .* element us /);
  expect((await rig.run("lineage", "made/a/b-2")).stdout).toMatch(/value:years@1 .* element a\/b /);
  // A unit of units is made of what those make.
  expect((await rig.run("lineage", "twice/us")).stdout).toMatch(/build\/us@2(.*\n){4}.* element us /);
  const down = (await rig.run("lineage", "--down", "shops.csv")).stdout;
  expect(down).toContain("build/eu@1");
  expect(down).toContain("5 results built from this version, all up to date");
  const change =
    /element us of value:records\(shops\.csv, id\) {2}[0-9a-f]{12} → [0-9a-f]{12}\n +-\/tax {2}"6"\n +\+\/tax {2}"7"\n/;
  expect((await rig.run("why", "cards[us]")).stdout).toMatch(change);
  expect((await rig.run("why", "cards[eu]")).stdout).not.toContain("element");
  expect((await rig.run("why", "twice[us]")).stdout).toMatch(/because of cards\[us\]:/);
  // Of what was not made anew, too.
  rig.write("shops.csv", "id,tax\nus,8\neu,5\n");
  expect((await rig.run("why", "cards[us]")).stdout).toContain(
    "its element may be another: records(shops.csv, id): would-run, shops.csv changed",
  );
  await rig.run("run", "records(shops.csv, id)");
  expect((await rig.run("why", "cards[us]")).stdout).toMatch(/would-run(.*\n)*.* element us of .*\n +-\/tax {2}"7"\n/);
  expect((await rig.run("lineage", "--down", "shops.csv@2")).stdout).toMatch(/build\/us@2 .* stale: value:records/);
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
