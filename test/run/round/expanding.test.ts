import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** One unit for each line of list.txt. */
const LINES = `
export const names = task(sh\`cat \${file("list.txt")}\`, { value: "lines" });
export const made = each(names, (name) => task(sh\`echo \${name} > \${out(\`build/\${name}\`)}\`));
export const all = task(sh\`cat \${made} /dev/null > \${out("all")}\`);
`;

test("the units of a value are known once it is made, in the same run", async () => {
  rig.manifest(LINES);
  rig.write("list.txt", "a\nb\n");
  expect(await rig.results()).toEqual(["all: ran", "made[a]: ran", "made[b]: ran", "names: ran"]);
  expect(rig.read("all")).toBe("a\nb\n");
  expect((await rig.run("run")).stdout).toContain("ran 0, restored 0, fresh 4");
});

test("a changed value runs the new elements, and what reads the units; outputs of removed elements go", async () => {
  rig.manifest(LINES);
  rig.write("list.txt", "a\nb\n");
  await rig.run("run");
  rig.write("list.txt", "b\nc\n");
  expect(await rig.results()).toEqual(["all: ran", "made[c]: ran", "names: ran"]);
  expect(rig.exists("build/a")).toBe(false);
  expect(rig.read("all")).toBe("b\nc\n");
  rig.write("list.txt", "b\na\n");
  expect(await rig.results()).toEqual(["all: restored", "made[a]: restored", "names: ran"]);
  rig.write("list.txt", "");
  expect(await rig.results()).toEqual(["all: ran", "names: ran"]);
  expect(rig.read("all")).toBe("");
});

test("what does not depend on it goes on meanwhile, and is not started twice", async () => {
  rig.manifest(`${LINES}
    export const slow = task(sh\`node .gate.mjs slow; echo > \${out("build/slow")}\`);
    export const last = task(sh\`node .gate.mjs last; cat \${made} > \${out("build/last")}\`);`);
  rig.write("list.txt", "a\n");
  const running = rig.start(["run", "--json", "-j", "4"]);
  const slow = await rig.waitFor("slow");
  // The units ran, and what reads them runs, while it waits.
  const last = await rig.waitFor("last");
  expect(rig.read("build/a")).toBe("a\n");
  last.release();
  slow.release();
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  const started = stdout.split("\n").filter((line) => line.includes('"attempt-started"') && line.includes('"slow"'));
  expect(started).toHaveLength(1);
  expect(stdout.match(/"kind":"run-started"/g)).toHaveLength(1);
  expect(stdout).toContain('{"kind":"tasks-found","tasks":["made[a]"]}');
});

test("elements of arrays and objects, and their keys", async () => {
  rig.manifest(`
    export const rows = task(sh\`cat \${file("list.json")}\`, { value: "json" });
    export const byContent = each(rows, (item) => task(sh\`echo \${item.name} > \${out(\`c/\${item.name}\`)}\`));
    export const byKey = each(rows, { key: (item) => item.id }, (item, key) => task(sh\`echo \${key} \${item.name} > \${out(\`k/\${key}\`)}\`));
    export const table = task(sh\`echo '{"x": [1], "y": [2]}'\`, { value: "json" });
    export const byName = each(table, (value, name) => task(sh\`echo \${value} > \${out(\`n/\${name}\`)}\`));
  `);
  rig.write("list.json", '[{ "id": 1, "name": "one" }, { "name": "two", "id": 2 }]');
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("k/2")).toBe("2 two\n");
  expect(rig.read("n/y")).toBe("2\n");
  const units = (JSON.parse((await rig.run("list", "--json")).stdout) as { id: string }[]).map(({ id }) => id);
  expect(units).toContain("byKey[1]");
  expect(units).toContain("byName[x]");
  expect(units.filter((id) => /^byContent\[[0-9a-f]{12}\]$/.test(id))).toHaveLength(2);
  // Neither the order of items nor that of members is part of what an element is.
  rig.write("list.json", '[{ "id": 2, "name": "two" }, { "id": 1, "name": "one" }]');
  expect(await rig.results()).toEqual(["rows: ran"]);
});

test("the files of a directory, each by itself", async () => {
  rig.manifest(`
    export const parts = task(sh\`d=\${out("parts/")}; mkdir -p $d/in; split -l 1 --additional-suffix=.txt \${file("all.txt")} $d/in/\`);
    export const upper = each(parts, (part) => task(sh\`tr a-z A-Z < \${part} > \${out(\`upper/\${part.stem}\`)}\`));
    export const joined = task(sh\`cat \${upper} > \${out("joined")}\`);
  `);
  rig.write("all.txt", "a\nb\n");
  expect(await rig.results()).toEqual(["joined: ran", "parts: ran", "upper[in/aa.txt]: ran", "upper[in/ab.txt]: ran"]);
  rig.write("all.txt", "a\nx\ny\n");
  expect(await rig.results()).toEqual(["joined: ran", "parts: ran", "upper[in/ab.txt]: ran", "upper[in/ac.txt]: ran"]);
  expect(rig.read("joined")).toBe("A\nX\nY\n");
  const lineage = (await rig.run("lineage", "joined")).stdout;
  expect(lineage).toContain("parts@2");
  expect(lineage).toContain("all.txt@2");
});

test("the failure of a unit is its own", async () => {
  rig.manifest(LINES.replace("echo ${name}", "test ${name} != b; echo ${name}"));
  rig.write("list.txt", "a\nb\nc\n");
  const { code, stdout } = await rig.run("run", "--keep-going");
  expect(code).toBe(1);
  expect(stdout).toContain("ran 3, restored 0, fresh 0, failed 1");
  expect(stdout).toMatch(/skipped\s+all\s+made\[b\] failed/);
  expect(rig.read("build/c")).toBe("c\n");
  rig.write("list.txt", "a\nc\n");
  expect(await rig.results()).toEqual(["all: ran", "names: ran"]);
});

test("when the task fails, its units are skipped and their outputs stay", async () => {
  rig.manifest(LINES);
  rig.write("list.txt", "a\n");
  await rig.run("run");
  rig.manifest(LINES.replace("sh`cat", "sh`false; cat"));
  const { code, stdout } = await rig.run("run", "--keep-going");
  expect(code).toBe(1);
  expect(stdout).toMatch(/skipped\s+made\[a\]/);
  expect(rig.exists("build/a")).toBe(true);
  // Nothing is there to fan out over: which units there are is not known.
  expect((await rig.run("list")).stdout).not.toContain("made[");
  expect((await rig.run("run", "--keep-going")).stdout).toMatch(/skipped\s+all/);
  expect(rig.exists("build/a")).toBe(true);
  rig.manifest(LINES);
  expect(await rig.results()).toEqual(["names: restored"]);
});

test.each([
  ["names", '"x"', /INC2533: each\(\) fans out over a value, which is a string now/],
  ["names", "null", /INC2533: each\(\) fans out over a value, which is null now/],
  ["names", '["a", "a"]', /INC2506: two units have the key "a"/],
  ["names", '["bad"]', /INC2504: the callback of each\(\) threw for "bad": no bad ones/],
  ["names", '["none"]', /INC2505: the callback of each\(\) returned no task for "none"/],
  ["names", '["a", "./a"]', /INC2004: "build\/a" is made by two tasks/],
])("%s = %s is a problem of the run, which a better value mends", async (_, json, message) => {
  rig.manifest(`
    export const names = task(sh\`cat \${file("list.json")}\`, { value: "json" });
    export const made = each(names, (name) => {
      if (name === "bad") throw new Error("no bad ones");
      return name === "none" ? undefined : task(sh\`echo \${name} > \${out(\`build/\${name}\`)}\`);
    });
    export const all = task(sh\`cat \${made} /dev/null > \${out("all")}\`);
    export const other = task(sh\`echo > \${out("other")}\`);
  `);
  rig.write("list.json", '["ok"]');
  expect((await rig.run("run")).code).toBe(0);
  rig.write("list.json", json);
  const { code, stdout } = await rig.run("run", "--keep-going");
  expect(code).toBe(1);
  expect(stdout).toMatch(message);
  expect(stdout).toMatch(/failed\s+made/);
  expect(stdout).toMatch(/skipped\s+all\s+made failed/);
  expect(rig.exists("build/ok")).toBe(true);
  expect((await rig.run("list")).stdout).toContain("made  no units: ");
  expect((await rig.run("status")).stdout).toMatch(/failed\s+made/);
  expect((await rig.run("run", "made")).stdout).toMatch(message);
  // Again, from the cached graph.
  const again = await rig.run("run", "--keep-going");
  expect(again.code).toBe(1);
  expect(again.stdout).toMatch(message);
  rig.write("list.json", '["ok", "more"]');
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("build/more")).toBe("more\n");
});

test("one mistake in a callback is shown once, however many elements there are, and of many a few are", async () => {
  rig.manifest(`
    export const numbers = task(sh\`cat \${file("list.json")}\`, { value: "json" });
    export const made = each(numbers, (number) => task(sh\`echo \${number as never}\`));
  `);
  rig.write("list.json", JSON.stringify(Array.from({ length: 100 }, (_, id) => ({ id }))));
  expect((await rig.run("run")).stdout.match(/INC2015/g)).toHaveLength(1);
  rig.manifest(`
    export const numbers = task(sh\`cat \${file("list.json")}\`, { value: "json" });
    export const made = each(numbers, () => undefined as never);
  `);
  const { stdout } = await rig.run("run");
  expect([stdout.match(/INC2505/g)?.length, stdout.includes("80 more errors are not shown")]).toEqual([20, true]);
});

test.each([
  [
    'task(sh`x > ${out("f")}`)',
    'INC2533: each() fans out over what task "t" makes, which is neither a value nor a directory',
  ],
  ["5 as unknown as []", "INC2533: each() is given something that has no elements"],
])("each(%s) is refused", async (over, message) => {
  rig.manifest(`export const t = ${over}; export const e = each(t as never, () => task(sh\`true\`));`);
  const { code, stderr } = await rig.run("run");
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test("units that are not known yet can be named", async () => {
  rig.manifest(LINES);
  rig.write("list.txt", "a\nb\n");
  expect(await rig.results("made[b]")).toEqual(["made[b]: ran", "names: ran"]);
  expect(await rig.results("made")).toEqual(["made[a]: ran"]);
  rig.write("list.txt", "c\n");
  expect(await rig.results("made")).toEqual(["made[c]: ran", "names: ran"]);
  // Not the whole pipeline ran.
  expect(rig.exists("build/a")).toBe(true);
  await rig.run("run");
  expect(rig.exists("build/a")).toBe(false);
});

test("the default of the pipeline may be a group that is not known yet", async () => {
  rig.manifest(`${LINES}export const other = task(sh\`true\`); export default config({ default: [made] });`);
  rig.write("list.txt", "a\n");
  expect(await rig.results()).toEqual(["made[a]: ran", "names: ran"]);
});

test("--dry shows the units that are known", async () => {
  rig.manifest(LINES);
  rig.write("list.txt", "a\n");
  expect((await rig.run("run", "--dry")).stdout).toMatch(/would-run all\s+names would run first/);
  await rig.run("run");
  rig.write("list.txt", "a\nb\n");
  const { stdout } = await rig.run("run", "--dry");
  expect(stdout).toMatch(/would-run all\s+names would run first/);
  expect(stdout).toContain("would run 1, perhaps 1 more, would restore 0, fresh 1");
  expect((await rig.run("graph", "--format", "json")).stdout).toContain("made[a]");
});

test("an edit of the value is put back, and no unit of it runs", async () => {
  rig.manifest(LINES);
  rig.write("list.txt", "a\n");
  await rig.run("run");
  rig.write(".inc/values/names.json", '["evil"]');
  expect(await rig.results()).toEqual(["names: restored"]);
  expect(rig.exists("build/evil")).toBe(false);
  expect(rig.exists("build/a")).toBe(true);
  rig.write(".inc/values/names.json", "no json");
  expect(await rig.results()).toEqual(["names: restored"]);
});

test("a file that is fanned out is evaluated in a run, and in no run that has nothing to do", async () => {
  rig.manifest(`import { appendFileSync } from "node:fs"; appendFileSync("evaluated", "x");${LINES}`);
  rig.write("list.txt", "a\n");
  await rig.run("run");
  const evaluated = rig.read("evaluated").length;
  await rig.run("run");
  await rig.run("status");
  expect(rig.read("evaluated")).toHaveLength(evaluated);
});

test("after a changed element, other units are fresh only if nothing else of theirs has changed", async () => {
  rig.manifest(`
    export const names = task(sh\`cat \${file("list.txt")}\`, { value: "lines" });
    export const made = each(names, (name) =>
      task(sh\`cat \${file(name)} \${files(\`\${name}s/*\`)} > \${out(\`build/\${name}\`)}\`, { env: { V: env("V", { default: "" }) } }));
    export const after = each(made, (unit, key) => task(sh\`cat \${unit} > \${out(\`after/\${key}\`)}\`));
  `);
  for (const name of ["a", "b", "c", "d", "e"]) {
    rig.write(name, `${name}\n`);
    rig.write(`${name}s/1`, "1\n");
  }
  rig.write("list.txt", "a\nb\nc\nd\n");
  await rig.run("run");
  rig.write("list.txt", "b\nc\nd\n");
  expect(await rig.results()).toEqual(["names: ran"]);
  // An input, a member of a set, an output: with the element, and each by itself.
  rig.write("list.txt", "b\nc\nd\ne\n");
  rig.write("b", "B\n");
  rig.write("cs/2", "2\n");
  rig.write("after/d", "edited\n");
  const mixed = await rig.results();
  expect(mixed.filter((result) => !result.startsWith("names"))).toEqual([
    "after[b]: ran",
    "after[c]: ran",
    "after[d]: restored",
    "after[e]: ran",
    "made[b]: ran",
    "made[c]: ran",
    "made[e]: ran",
  ]);
  expect(rig.read("after/c")).toBe("c\n1\n2\n");
  expect((await rig.run("run")).stdout).toContain("ran 0, restored 0, fresh 9");
  rig.write("list.txt", "b\nc\nd\ne\na\n");
  const changed = await rig.start(["run"], { env: { V: "2" } }).ended;
  expect(changed.stdout).toContain("ran 6, restored 1, fresh 4");
});

test("code of such a unit that cannot be tracked is no problem of the manifest either", async () => {
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    export const names = task(sh\`cat \${file("names.json")}\`, { value: "json" });
    export const made = each(names, { key: (n) => n.id }, ({ path, late }) => {
      const what = late ? Promise.resolve(1) : 1;
      return task({ outputs: { o: path }, run: ({ outputs }) => writeFileSync(outputs.o, String(what)) });
    });`);
  rig.write("names.json", '[{ "id": "a", "path": "build/a" }]');
  expect(await rig.results()).toEqual(["made[a]: ran", "names: ran"]);
  rig.write("names.json", '[{ "id": "a", "path": "build/a", "late": true }, { "id": "b", "path": "build/a" }]');
  expect((await rig.run("run")).stdout).toContain("INC2004");
  rig.write("names.json", '[{ "id": "c", "path": "build/c" }]');
  expect(await rig.results()).toEqual(["made[c]: ran", "names: ran"]);
});
