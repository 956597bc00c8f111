import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("an optional file may be absent; its task reruns when it appears, changes or disappears", async () => {
  rig.manifest(
    `export const t = task(sh\`cat \${file(".env", { optional: true })} > \${out("o")} 2>/dev/null || true\`);`,
  );
  expect(await rig.results()).toEqual(["t: ran"]);
  expect((await rig.run("run")).stdout).toMatch(/^ran 0, restored 0, fresh 1/);
  rig.write(".env", "1\n");
  expect((await rig.run("why", "t")).stdout).toContain(".env");
  expect(await rig.results()).toEqual(["t: ran"]);
  rig.write(".env", "2\n");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("o")).toBe("2\n");
  rig.remove(".env");
  expect(await rig.results()).toEqual(["t: restored"]);
  expect(rig.read("o")).toBe("");
});

test("the run notices an optional file that appears while its task runs", async () => {
  rig.manifest(
    `export const t = task(sh\`cat x > \${out("o")} || true; ${rig.held("t")}\`, { inputs: [file("x", { optional: true })] });`,
  );
  const run = rig.start(["run"]);
  const held = await rig.waitFor("t");
  rig.write("x", "1\n");
  held.release();
  (await rig.waitFor("t")).release();
  expect([(await run.ended).code, rig.read("o")]).toEqual([0, "1\n"]);
});

test("a set with allowEmpty may name a file that does not exist", async () => {
  rig.write("a.txt", "1\n");
  rig.manifest(
    `export const t = task(sh\`echo \${files(["a.txt", "b.txt", "{c,d}.txt"], { allowEmpty: true })} > \${out("o")}\`);`,
  );
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("o")).toBe("a.txt\n");
  rig.write("b.txt", "");
  expect(await rig.results()).toEqual(["t: ran"]);
  rig.manifest(`export const t = task(sh\`echo \${files(["a.txt", "c.txt"])}\`);`);
  expect((await rig.run("run")).stderr).toContain("INC2003");
});

test("glob.escape turns a path from list() into a pattern that matches only it, whatever the manifest's directory is called", async () => {
  const at = "[a]{b,c}(d)";
  for (const path of ["(m)/x.ts", "[b]/x.ts", "b/x.ts", "*/x.ts", "a b/x.ts", "\nn/x.ts", "{p,q}/x.ts", "p/x.ts"])
    rig.write(`${at}/packages/${path}`, `${JSON.stringify(path)}\n`);
  rig.write(
    `${at}/pipeline.ts`,
    `import { files, glob, list, sh, task } from "inc-run";
export const found = Object.fromEntries(list("packages/*/").map((dir, i) => [
  "t" + i,
  task(sh\`echo \${files(glob.escape(dir) + "/**/*.ts")}; echo \${files(glob.escape(dir + "/x.ts"))}; cat \${files(glob.escape(dir) + "/[!a]*")}\`),
]));
if (list("packages/*").some((path) => list(glob.escape(path)).join() !== path)) throw new Error("no round trip");
`,
  );
  const ran = await rig.start(["run", "--output-logs", "full"], { cwd: at }).ended;
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
  expect(ran.stdout).toContain("ran 8");
});
