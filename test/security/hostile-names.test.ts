import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

/** Keys that every plain object inherits: a record keyed by user names needs a null prototype or own-property look-ups. */
const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test.each(NAMES)("a parameter named %s is the value that was given", async (name) => {
  rig.manifest(`export const t = task(sh\`echo \${param("${name}", "a")} > \${out("o")}\`);
export const e = task(sh\`echo $P > \${out("e")}\`, { env: { P: param("${name}", "a") } });
export const v = task(sh\`echo \${"" + param("${name}", "a").value} > \${out("v")}\`);`);
  const outputs = () => ["o", "e", "v"].map((path) => rig.read(path));
  expect((await rig.run("run")).code).toBe(0);
  expect(outputs()).toEqual(["a\n", "a\n", "a\n"]);
  expect(await rig.results("--param", `${name}=b`)).toEqual(["e: ran", "t: ran", "v: ran"]);
  expect(outputs()).toEqual(["b\n", "b\n", "b\n"]);
  expect((await rig.run("run", "--param", `${name}=b`)).stdout).toMatch(/^ran 0, restored 0, fresh 3/);
});

test.each(NAMES)("a variable named %s is first unset, then has the value it is set to", async (name) => {
  rig.manifest(`export const t = task(sh\`env | grep -c '^${name}=' > \${out("o")} || true\`, { env: { ["${name}"]: env("${name}") } });
export const v = task(sh\`echo \${typeof env("${name}").value} > \${out("v")}\`);`);
  const run = (env: Record<string, string>) => rig.start(["run"], { env }).ended;
  expect((await run({})).code).toBe(0);
  expect([rig.read("o"), rig.read("v")]).toEqual(["0\n", "undefined\n"]);
  const set = Object.fromEntries([[name, "1"]]);
  expect((await run(set)).stdout).toContain("ran 2");
  expect([rig.read("o"), rig.read("v")]).toEqual(["1\n", "string\n"]);
  expect((await run(set)).stdout).toMatch(/^ran 0, restored 0, fresh 2/);
  expect((await run(Object.fromEntries([[name, "2"]]))).stdout).toContain("ran 1");
});

test.each(NAMES)("inc notices changes of a file, set member, task, output and unit named %s", async (name) => {
  rig.write(name, "1\n");
  rig.write(`in/${name}`, "1\n");
  rig.manifest(`
const one = task(sh\`cp \${file("${name}")} \${out("b/${name}", "${name}")}\`);
export const r = { ["${name}"]: one };
export const user = task(sh\`cat \${one.outputs["${name}"]} > \${out("b/user")}\`);
export const set = task(sh\`cat \${files("in/*")} > \${out("b/set")}\`);
export const dir = task(sh\`cat in/${name} > \${out("b/dir")}\`, { inputs: [file("in")] });
export const units = each(files("in/*"), (f) => ({ ["${name}"]: task(sh\`cat \${f} > \${out("b/u/" + f.name)}\`) }));
`);
  expect((await rig.run("run")).stdout).toContain("ran 5");
  expect((await rig.run("run")).stdout).toMatch(/^ran 0, restored 0, fresh 5/);
  rig.write(name, "2\n");
  rig.write(`in/${name}`, "3\n");
  expect(await rig.results()).toEqual(
    ["dir: ran", `r.${name}: ran`, "set: ran", `units[${name}].${name}: ran`, "user: ran"].sort(),
  );
  expect(["user", "set", "dir", `u/${name}`].map((path) => rig.read(`b/${path}`))).toEqual([
    "2\n",
    "3\n",
    "3\n",
    "3\n",
  ]);
  const lineage = await rig.run("lineage", "b/user");
  expect([lineage.code, lineage.stdout]).toEqual([0, expect.stringContaining(name)]);
  expect((await rig.run("lineage", name, "--down")).stdout).toContain("b/user");
  expect((await rig.run("log", name)).stdout.match(/@\d/g)).toHaveLength(2);
  expect((await rig.run("why", `r.${name}`)).code).toBe(0);
  expect((await rig.run("status")).stdout).toContain("5 of 5 fresh");
});

test.each(NAMES)("inc notices changes of a published object named %s", async (name) => {
  rig.manifest(`export const t = task(sh\`cat \${object("${name}")} > \${out("o")}\`);`);
  rig.write("x", "1\n");
  expect((await rig.run("put", name, "x")).code).toBe(0);
  expect(await rig.results()).toEqual(["t: ran"]);
  rig.write("x", "2\n");
  expect((await rig.run("put", name, "x", "--if-version", "1")).code).toBe(0);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("o")).toBe("2\n");
  expect((await rig.run("lineage", `object:${name}`, "--down")).stdout).toContain("t");
  expect((await rig.run("run")).stdout).toMatch(/^ran 0, restored 0, fresh 1/);
});

test.each(NAMES)("inc notices changes of a tool named %s", async (name) => {
  rig.write(`node_modules/.bin/${name}`, "#!/bin/sh\necho 1\n", 0o755);
  rig.manifest(`export const t = task(sh\`\${tool("${name}")} > \${out("o")}\`);
export const m = task(sh\`echo no > \${out("m")}\`, { inputs: [tool("${name}")] });`);
  expect(await rig.results()).toEqual(["m: ran", "t: ran"]);
  rig.write(`node_modules/.bin/${name}`, "#!/bin/sh\necho 2\n", 0o755);
  expect(await rig.results()).toEqual(["m: ran", "t: ran"]);
  expect(rig.read("o")).toBe("2\n");
  rig.remove(`node_modules/.bin/${name}`);
  const gone = await rig.run("run");
  expect([gone.code, gone.stdout + gone.stderr]).toEqual([1, expect.stringContaining(`needs the tool "${name}"`)]);
});

test.each(NAMES)("a resource pool, an option and a command named %s are unknown", async (name) => {
  rig.manifest(`export const t = task(sh\`true\`, { resources: { ["${name}"]: 1 } });`);
  expect((await rig.run("run")).stderr).toContain("INC2524");
  rig.manifest(`export const t = task(sh\`true\`, { ["${name}"]: 1 } as object);`);
  expect((await rig.run("run")).stderr).toContain("INC2022");
  expect((await rig.run(name)).stderr).not.toContain("internal error");
  expect((await rig.run("run", "--param", `${name}=1`)).stderr).not.toContain("internal error");
});

test("inc notices changes of a found input and of a link's target with such a name", async () => {
  rig.write("__proto__", "1\n");
  rig.write("ext/x", "1\n");
  rig.write("src", "");
  rig.manifest(`
export const d = task(sh\`echo "o: __proto__" > \${depfile("b/d")}; cat __proto__ > \${out("b/o")}\`, { inputs: [file("src")] });
export const l = task(sh\`mkdir -p in; cat in/__proto__/x > \${out("b/l")}\`, { inputs: [file("in")] });`);
  const { mkdirSync, symlinkSync } = await import("node:fs");
  mkdirSync(rig.path("in"));
  symlinkSync("../ext", rig.path("in/__proto__"));
  expect(await rig.results()).toEqual(["d: ran", "l: ran"]);
  rig.write("__proto__", "2\n");
  rig.write("ext/x", "2\n");
  expect(await rig.results()).toEqual(["d: ran", "l: ran"]);
  expect([rig.read("b/o"), rig.read("b/l")]).toEqual(["2\n", "2\n"]);
});

test("a default value that is not a finite, exact number is refused", async () => {
  for (const value of ["NaN", "Infinity", "9007199254740993"]) {
    rig.manifest(`export const t = task(sh\`echo \${param("q", ${value})}\`);`);
    const refused = await rig.run("run");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('INC2031: the parameter "q" is')]);
  }
});

test("a number is passed on as typed, or refused if it cannot be represented exactly", async () => {
  rig.manifest(`const id = param("id", 1);
export const t = task(sh\`echo \${id} $ID > \${out("o")}\`, { env: { ID: id } });
export const v = task(sh\`echo \${String(id.value + 1)} > \${out("v")}\`);`);
  for (const [text, next] of [
    ["1.0", "2"],
    ["0x10", "17"],
    ["-0", "1"],
    ["1e3", "1001"],
  ] as const) {
    expect((await rig.run("run", "--param", `id=${text}`)).code).toBe(0);
    expect([rig.read("o"), rig.read("v")]).toEqual([`${text} ${text}\n`, `${next}\n`]);
    expect((await rig.run("run", "--param", `id=${text}`)).stdout).toMatch(/^ran 0, restored 0, fresh 2/);
  }
  const refused = await rig.run("run", "--param", "id=9007199254740993");
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining(
      'INC2521: the parameter "id" is a number, and 9007199254740993 would become 9007199254740992',
    ),
  ]);
  expect((await rig.run("run", "--param", "id=x")).stderr).toContain("INC2521");
});

test("a number among choices may be typed in another notation", async () => {
  rig.manifest(`export const t = task(sh\`echo \${param("n", 1, { choices: [1, 2] })} > \${out("o")}\`);`);
  expect((await rig.run("run", "--param", "n=2.0")).code).toBe(0);
  expect(rig.read("o")).toBe("2.0\n");
  expect((await rig.run("run", "--param", "n=3")).stderr).toContain("INC2522");
});
