import { symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Version } from "../../../src/model/entry.ts";
import { Rig } from "../../support/rig.ts";
import { OBJECTS } from "./conflicts-pipeline.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const put = (name: string, input: string, ...flags: string[]) =>
  rig.start(["put", name, "-", ...flags], { input }).ended;

test("a task reads the latest version of an object; an earlier content restores its result", async () => {
  rig.manifest(OBJECTS);
  expect((await rig.run("run")).stdout).toContain(
    'error INC4209: task "report" reads the object "rates", of which no version has been published yet\n',
  );
  expect((await put("rates", '{"a":1}')).stdout).toBe("rates@1\n");
  expect(await rig.results()).toEqual(["report: ran", "upper: ran"]);
  expect(rig.read("b/upper")).toBe('{"A":1}');
  expect((await rig.run("run")).stdout).toMatch(/^ran 0, restored 0, fresh 2, /);
  expect((await put("rates", '{"a":1}')).stdout).toBe("rates@1 already has that content\n");
  expect((await put("rates", '{"a":2}')).stdout).toBe("rates@2\n");
  expect((await rig.run("run", "-n")).stdout).toMatch(/^would-run +report +object rates changed$/m);
  expect(await rig.results()).toEqual(["report: ran", "upper: ran"]);
  await put("rates", '{"a":1}');
  expect(await rig.results()).toEqual(["report: restored", "upper: restored"]);
});

test("a version that is published during a run is read by the next run", async () => {
  rig.manifest(`
const rates = object("rates");
export const one = task(sh\`${rig.held("one")}; cat \${rates} > \${out("b/one")}\`);
export const two = task(sh\`cat \${one} \${rates} > \${out("b/two")}\`);
`);
  await put("rates", "1\n");
  const running = rig.start(["run"]);
  const held = await rig.waitFor("one");
  expect((await put("rates", "2\n")).code).toBe(0);
  rig.open("one");
  held.release();
  expect((await running.ended).code).toBe(0);
  expect([rig.read("b/one"), rig.read("b/two")]).toEqual(["1\n", "1\n1\n"]);
  expect(await rig.results()).toEqual(["one: ran", "two: ran"]);
  expect(rig.read("b/two")).toBe("2\n2\n");
});

test("a rejected put exits 1, and names both versions and the ways out", async () => {
  rig.manifest(OBJECTS);
  await put("first", "one", "--if-version", "0", "-m", "to begin with");
  await put("first", "two");
  const { code, stdout, stderr } = await put("first", "three", "--if-version", "1");
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr.replace(/\d{4}-\S+Z/, "TIME")).toBe(
    "error INC3010: conflict: you started from first@1, but first@2 is now the latest; nothing was published\n" +
      "  note: first@2 was published at TIME\n" +
      "  help: see what changed: inc diff first@1 first@2\n" +
      '  help: then publish again with --if-version 2, or let inc merge: object("first", { conflict: { merge: "json" } })\n',
  );
  expect((await put("first", "x", "--if-version", "0")).stderr).toContain(
    'error INC3010: "first" already has a version, first@2, so this cannot be the first\n',
  );
  expect((await put("first", "x", "--if-version", "7")).stderr).toBe(
    'error INC1007: there is no first@7: the object "first" has 2 versions\n' +
      "  help: inc log first shows them; --if-version 0 means that there is none yet\n",
  );
});

test.each([
  { name: "rates", base: '{"a":1,"b":1}', ours: '{"a":2,"b":1}', theirs: '{"a":1,"b":3}', merged: '{"a":2,"b":3}' },
  { name: "notes", base: "a\nb\nc\n", ours: "A\nb\nc\n", theirs: "a\nb\nC\n", merged: "A\nb\nC\n" },
  { name: "names", base: "a\nb\n", ours: "a\n", theirs: "b\na\nc\n", merged: "a\nc\n" },
  { name: "count", base: "10", ours: "15", theirs: "12", merged: "17" },
])("$name merges the versions of two writers with the same base", async ({ name, base, ours, theirs, merged }) => {
  rig.manifest(OBJECTS);
  await put(name, base);
  await put(name, ours, "--if-version", "1");
  const json = JSON.parse((await put(name, theirs, "--if-version", "1", "--json")).stdout) as { version: Version };
  expect(json.version).toMatchObject({ n: 4, cause: "merged", parents: [2, 3] });
  expect((await rig.run("get", name)).stdout).toBe(merged);
  expect((await rig.run("get", `${name}@3`)).stdout).toBe(theirs);
});

test("the message about a failed merge names both versions and the conflicting places", async () => {
  rig.manifest(OBJECTS);
  await put("rates", '{"a":1}');
  await put("rates", '{"a":2}');
  const { code, stderr } = await put("rates", '{"a":3}', "--if-version", "1");
  expect(code).toBe(1);
  expect(stderr.replace(/\d{4}-\S+Z/, "TIME")).toBe(
    "error INC3012: conflict: you started from rates@1, and your changes cannot be merged with rates@2; nothing was published\n" +
      "  note: rates@2 was published at TIME\n" +
      "  note: /a: 2 there, 3 here\n" +
      "  help: get the latest version, merge it by hand, and publish again: inc get rates@2 -o FILE, then --if-version 2\n",
  );
  await put("count", "1");
  await put("count", "2");
  expect((await put("count", "x", "--if-version", "1")).stderr).toContain(
    "the merge function failed: x is no number\n",
  );
});

test("last-write-wins takes any base", async () => {
  rig.manifest(OBJECTS);
  await put("last", "1");
  await put("last", "2");
  expect((await put("last", "3", "--if-version", "1")).stdout).toBe("last@3\n");
});

test("an object may be a directory with symlinks, but may not contain a socket", async () => {
  rig.manifest(
    'const tree = object("tree");\nexport const tell = task(sh`ls -R ${tree}; cat ${tree}/d/f > ${out("b/f")}`);',
  );
  rig.write("in/d/f", "1\n", 0o755);
  symlinkSync("d/f", rig.path("in/l"));
  expect((await rig.run("put", "tree", "in")).stdout).toBe("tree@1\n");
  expect(await rig.results()).toEqual(["tell: ran"]);
  expect(rig.read("b/f")).toBe("1\n");
  const server = createServer().listen(rig.path("in/socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  const { code, stderr } = await rig.run("put", "tree", "in");
  server.close();
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^error INC4102: .*socket" is neither a file/)]);
});

test("put refuses an unknown object, a missing file and no file at all, and takes names with any character", async () => {
  rig.manifest(OBJECTS);
  expect((await put("rate", "1")).stderr).toBe(
    'error INC1008: pipeline.ts declares no object "rate"\n  help: did you mean "rates"?\n',
  );
  expect((await rig.run("put", "rates", "nowhere")).stderr).toBe(
    'error INC1006: there is no file "nowhere"\n  help: name a file or directory, or - for stdin\n',
  );
  expect((await rig.run("put", "rates")).stderr).toContain(
    "error INC1003: put takes the name of an object and a file\n",
  );
  const name = "a b/'ü\n\"$x";
  rig.manifest(
    `const it = object(${JSON.stringify(name)});\nexport const t = task(sh\`cat \${it} > \${out("b/t")}\`);`,
  );
  expect((await put(name, "odd")).code).toBe(0);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("b/t")).toBe("odd");
});

test("subscribers receive every version in order, across processes and from where they left off", async () => {
  rig.manifest(OBJECTS);
  await put("rates", '{"a":1}');
  const following = rig.start(["subscribe", "--since", "0", "--json"]);
  await following.printed('"name":"object:rates"');
  await put("first", "1");
  await following.printed('"name":"object:first"');
  await rig.run("run");
  await following.printed('"name":"b/upper"');
  following.child.kill("SIGINT");
  const { code, stdout } = await following.ended;
  const seen = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Version);
  expect(code).toBe(130);
  expect(seen.map(({ name }) => name)).toEqual(["object:rates", "object:first", "b/report", "b/upper"]);
  expect(seen.map(({ seq }) => seq)).toEqual([...seen.map(({ seq }) => seq)].sort((a, b) => a - b));
  const again = rig.start(["subscribe", "rates", "b/*", "--since", String(seen[1]?.seq)]);
  await again.printed("b/upper@1  made");
  await put("rates", '{"a":2}');
  await again.printed("object:rates@2  put");
  again.child.kill("SIGTERM");
  expect((await again.ended).stdout.split("\n")).toHaveLength(4);
});

test("status --stale lists the tasks that each new version made stale, transitively, and why", async () => {
  rig.write("in", "1\n");
  rig.manifest(`
const rates = object("rates");
export const one = task(sh\`cat \${rates} \${file("in")} > \${out("b/one")}\`);
export const two = task(sh\`cat \${one} > \${out("b/two")}\`);
export const three = task(sh\`cat \${two} \${rates} > \${out("b/three")}\`);
export const apart = task(sh\`cat \${file("in")} > \${out("b/apart")}\`);
`);
  await put("rates", "1");
  await rig.run("run");
  expect((await rig.run("status", "--stale")).stdout).toBe("nothing is stale\n");
  await put("rates", "2");
  const { stdout } = await rig.run("status", "--stale");
  expect(stdout.replace(/\d{4}-\S+/, "TIME")).toBe(
    "object:rates  latest: @2, put TIME\n  one  object rates changed\n  two  through one\n  three  through two\n",
  );
  rig.write("in", "2\n");
  expect(JSON.parse((await rig.run("status", "--stale", "--json")).stdout)).toMatchObject([
    { cause: "in", version: { n: 1 }, tasks: [{ task: "apart" }, { task: "one" }, { task: "two" }, { task: "three" }] },
    { cause: "object:rates", version: { n: 2 }, tasks: [{ task: "one" }, { task: "two" }, { task: "three" }] },
  ]);
});
