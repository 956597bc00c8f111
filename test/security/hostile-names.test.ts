import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

/** Keys that every plain object inherits: a record keyed by user names needs a null prototype or own-property look-ups. */
const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** The lines of a manifest for each name, with a number to tell apart what else the lines name. */
const ofEach = (line: (name: string, i: number) => string): string => NAMES.map(line).join("\n");

const texts = (kind: string): string[] => NAMES.map((_, i) => rig.read(`b/${kind}${i}`));
const all = <T>(text: T): T[] => NAMES.map(() => text);
const ran = (...kinds: string[]): string[] => kinds.flatMap((kind) => NAMES.map((_, i) => `${kind}${i}: ran`)).sort();

test("a parameter is the value that was given", async () => {
  rig.manifest(
    ofEach(
      (name, i) => `export const t${i} = task(sh\`echo \${param("${name}", "a")} > \${out("b/t${i}")}\`);
export const e${i} = task(sh\`echo $P > \${out("b/e${i}")}\`, { env: { P: param("${name}", "a") } });
export const v${i} = task(sh\`echo \${"" + param("${name}", "a").value} > \${out("b/v${i}")}\`);`,
    ),
  );
  expect((await rig.run("run")).code).toBe(0);
  expect(["t", "e", "v"].flatMap(texts)).toEqual(["t", "e", "v"].flatMap(() => all("a\n")));
  const given = NAMES.flatMap((name, i) => ["--param", `${name}=b${i}`]);
  expect(await rig.results(...given)).toEqual(ran("t", "e", "v"));
  for (const kind of ["t", "e", "v"]) expect(texts(kind)).toEqual(NAMES.map((_, i) => `b${i}\n`));
  expect((await rig.run("run", ...given)).stdout).toMatch(/^ran 0, restored 0, fresh 15/);
});

test("a variable is first unset, then has the value it is set to", async () => {
  rig.manifest(
    ofEach(
      (
        name,
        i,
      ) => `export const t${i} = task(sh\`env | grep '^${name}=' > \${out("b/t${i}")} || true\`, { env: { ["${name}"]: env("${name}") } });
export const v${i} = task(sh\`echo \${typeof env("${name}").value} > \${out("b/v${i}")}\`);`,
    ),
  );
  const run = (env: Record<string, string>) => rig.start(["run"], { env }).ended;
  const set = (value: number) => Object.fromEntries(NAMES.map((name, i) => [name, `${value}${i}`]));
  expect((await run({})).code).toBe(0);
  expect([texts("t"), texts("v")]).toEqual([all(""), all("undefined\n")]);
  expect((await run(set(1))).stdout).toMatch(/^ran 10, /m);
  expect(texts("t")).toEqual(NAMES.map((name, i) => `${name}=1${i}\n`));
  expect(texts("v")).toEqual(all("string\n"));
  expect((await run(set(1))).stdout).toMatch(/^ran 0, restored 0, fresh 10/);
  expect((await run(set(2))).stdout).toMatch(/^ran 5, /m);
});

test("inc notices changes of files, set members, tasks, outputs and units", async () => {
  const write = (text: string): void => {
    for (const name of NAMES) {
      rig.write(name, `${text} ${name}\n`);
      rig.write(`in/${name}`, `${text} in ${name}\n`);
    }
  };
  write("1");
  rig.manifest(`
${ofEach(
  (name, i) => `
const one${i} = task(sh\`cp \${file("${name}")} \${out("b/${name}", "${name}")}\`);
export const user${i} = task(sh\`cat \${one${i}.outputs["${name}"]} > \${out("b/user${i}")}\`);
export const dir${i} = task(sh\`cat in/${name} > \${out("b/dir${i}")}\`, { inputs: [file("in")] });`,
)}
export const r = { ${NAMES.map((name, i) => `["${name}"]: one${i}`).join(", ")} };
export const set = task(sh\`cat \${files("in/*")} > \${out("b/set")}\`);
export const units = each(files("in/*"), (f) => ({ [f.name]: task(sh\`cat \${f} > \${out("b/u/" + f.name)}\`) }));
`);
  expect((await rig.run("run")).stdout).toMatch(/^ran 21, /m);
  expect((await rig.run("run")).stdout).toMatch(/^ran 0, restored 0, fresh 21/);
  write("2");
  const named = NAMES.flatMap((name) => [`r.${name}: ran`, `units[${name}].${name}: ran`]);
  expect(await rig.results()).toEqual([...ran("user", "dir"), ...named, "set: ran"].sort());
  expect(texts("user")).toEqual(NAMES.map((name) => `2 ${name}\n`));
  const members = NAMES.map((name) => `2 in ${name}\n`);
  expect(texts("dir")).toEqual(members);
  expect(NAMES.map((name) => rig.read(`b/u/${name}`))).toEqual(members);
  expect(rig.read("b/set")).toBe(members.sort().join(""));
  for (const [i, name] of NAMES.entries()) {
    const lineage = await rig.run("lineage", `b/user${i}`);
    expect([lineage.code, lineage.stdout]).toEqual([0, expect.stringContaining(name)]);
    expect((await rig.run("lineage", name, "--down")).stdout).toContain(`b/user${i}`);
    expect((await rig.run("log", name)).stdout.match(/@\d/g)).toHaveLength(2);
    expect((await rig.run("why", `r.${name}`)).code).toBe(0);
  }
  expect((await rig.run("status")).stdout).toContain("21 of 21 fresh");
});

test("inc notices changes of published objects", async () => {
  rig.manifest(ofEach((name, i) => `export const t${i} = task(sh\`cat \${object("${name}")} > \${out("b/t${i}")}\`);`));
  for (const version of [1, 2]) {
    const expected = version === 1 ? [] : ["--if-version", "1"];
    for (const name of NAMES) {
      rig.write("x", `${version} ${name}\n`);
      expect((await rig.run("put", name, "x", ...expected)).code).toBe(0);
    }
    expect(await rig.results()).toEqual(ran("t"));
    expect(texts("t")).toEqual(NAMES.map((name) => `${version} ${name}\n`));
  }
  for (const [i, name] of NAMES.entries())
    expect((await rig.run("lineage", `object:${name}`, "--down")).stdout).toContain(`t${i}`);
  expect((await rig.run("run")).stdout).toMatch(/^ran 0, restored 0, fresh 5/);
});

test("inc notices changes of tools", async () => {
  const write = (text: string): void => {
    for (const name of NAMES) rig.write(`node_modules/.bin/${name}`, `#!/bin/sh\necho ${text} ${name}\n`, 0o755);
  };
  write("1");
  rig.manifest(
    ofEach(
      (name, i) => `export const t${i} = task(sh\`\${tool("${name}")} > \${out("b/t${i}")}\`);
export const m${i} = task(sh\`echo no > \${out("b/m${i}")}\`, { inputs: [tool("${name}")] });`,
    ),
  );
  expect(await rig.results()).toEqual(ran("t", "m"));
  write("2");
  expect(await rig.results()).toEqual(ran("t", "m"));
  expect(texts("t")).toEqual(NAMES.map((name) => `2 ${name}\n`));
  rig.remove("node_modules/.bin");
  const gone = await rig.run("run", "--keep-going");
  expect(gone.code).toBe(1);
  for (const name of NAMES) expect(gone.stdout + gone.stderr).toContain(`needs the tool "${name}"`);
});

test("resource pools, options and commands with such names are unknown", async () => {
  rig.manifest(ofEach((name, i) => `export const t${i} = task(sh\`true\`, { resources: { ["${name}"]: 1 } });`));
  const { stderr } = await rig.run("run");
  for (const name of NAMES) expect(stderr).toMatch(new RegExp(`INC2524: .*"${name}"`));
  for (const name of NAMES) {
    // The first one ends the evaluation.
    rig.manifest(`export const t = task(sh\`true\`, { ["${name}"]: 1 } as object);`);
    expect((await rig.run("run")).stderr).toContain(`INC2022: a task has no option "${name}"`);
    expect((await rig.run(name)).stderr).not.toContain("internal error");
    expect((await rig.run("run", "--param", `${name}=1`)).stderr).not.toContain("internal error");
  }
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
