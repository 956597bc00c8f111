import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { loseSmallBlobs } from "../support/store.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(`
const region = param("region", "eu");
export const t = task(sh\`cp \${file("in.txt")} \${out("build/t.txt")}\`);
export const j = task(sh\`printf '{"rows":%s,"all":[1,2]}' "$(cat \${file("in.txt")} | wc -l)" > \${out("build/j.json")}; : \${region}\`);
export const c = task(sh\`{ echo id,n; cat \${file("in.csv")}; } > \${out("build/c.csv")}\`);
export const d = task(sh\`mkdir -p \${out("build/d/")}; cp \${t} build/d/same.txt; cp \${file("in.csv")} build/d/x; : > build/d/$(head -n1 \${file("in.csv")} | cut -c1); ln -s $(wc -l < \${t}) build/d/link\`);
`);
  rig.write("in.txt", "one\n\ttwo\n");
  rig.write("in.csv", "1,a\n2,b\n");
  await rig.run("run");
  rig.write("in.txt", "one\n\tzwei\nthree\n");
  rig.write("in.csv", "2,c\n3,d\n");
  await rig.run("run", "--param", "region=us");
});

afterEach(() => rig.close());

/** Stdout of a diff of two versions that differ. */
async function differs(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await rig.run("diff", ...args);
  expect([code, stderr]).toEqual([1, ""]);
  return stdout;
}

test("diff shows text line by line", async () => {
  const expected = [
    "--- build/t.txt@1",
    "+++ build/t.txt@2",
    "@@ -1,2 +1,3 @@",
    " one",
    "-\ttwo",
    "+\tzwei",
    "+three",
    "",
  ].join("\n");
  expect(await differs("build/t.txt@1", "build/t.txt@2")).toBe(expected);
  expect(await differs("build/t.txt")).toBe(expected);
  expect((await rig.start(["diff", "t.txt@2"], { cwd: "build" }).ended).stdout).toBe(expected);
});

test("diff shows JSON, tables and parameters by their values", async () => {
  expect(await differs("build/j.json")).toBe("--- build/j.json@1\n+++ build/j.json@2\n-/rows  2\n+/rows  3\n");
  expect(await differs("build/c.csv")).toBe(
    "--- build/c.csv@1\n+++ build/c.csv@2\n-row 1  id=1  n=a\n-row 2  n=b\n+row 2  n=c\n+row 3  id=3  n=d\n",
  );
  expect(await differs("param:region")).toBe(
    '--- param:region@1\n+++ param:region@2\n-the whole  "eu"\n+the whole  "us"\n',
  );
});

test("diff shows directories path by path", async () => {
  expect(await differs("build/d")).toBe(
    [
      "--- build/d@1",
      "+++ build/d@2",
      "-1  0 B",
      "+2  0 B",
      " link",
      "    -→ 2",
      "    +→ 3",
      " same.txt",
      "    @@ -1,2 +1,3 @@",
      "     one",
      "    -\ttwo",
      "    +\tzwei",
      "    +three",
      " x",
      "    @@ -1,2 +1,2 @@",
      "    -1,a",
      "    -2,b",
      "    +2,c",
      "    +3,d",
      "",
    ].join("\n"),
  );
});

test("diff --workspace compares a version with the workspace", async () => {
  expect(await rig.run("diff", "build/t.txt", "--workspace")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  rig.write("build/t.txt", "one\n\tzwei\nthree\n", 0o755);
  expect(await differs("build/t.txt", "-w")).toBe("--- build/t.txt@2\n+++ build/t.txt (workspace)\n+executable\n");
  rig.write("build/d/same.txt", "new\n");
  rig.remove("build/d/x");
  expect(await differs("build/d@2", "-w")).toBe(
    [
      "--- build/d@2",
      "+++ build/d (workspace)",
      " same.txt",
      "    @@ -1,3 +1 @@",
      "    -one",
      "    -\tzwei",
      "    -three",
      "    +new",
      "-x  8 B",
      "",
    ].join("\n"),
  );
  rig.remove("build/t.txt");
  rig.write("build/t.txt/x", "");
  expect(await differs("build/t.txt", "-w")).toBe(
    "--- build/t.txt@2\n+++ build/t.txt (workspace)\n-file\n+directory\n",
  );
});

test("equal versions give exit code 0 and no output, even if their bytes are evicted", async () => {
  await loseSmallBlobs(rig);
  expect(await rig.run("diff", "build/t.txt@2", "in.txt@2")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  expect((await rig.run("diff", "build/t.txt@1", "in.txt@2")).stderr).toContain(
    "error INC1032: the bytes of build/t.txt@1",
  );
});

test("diff --json prints the difference as data", async () => {
  expect(JSON.parse(await differs("build/j.json@1", "build/j.json@2", "--json"))).toEqual({
    before: "build/j.json@1",
    after: "build/j.json@2",
    difference: {
      kind: "file",
      content: { kind: "json", changes: [{ pointer: "/rows", before: 2, after: 3 }] },
    },
  });
});

test("diff escapes control sequences", async () => {
  rig.write("in.txt", "one\n\u001b[2J\r\n");
  await rig.run("run");
  expect(await differs("in.txt")).toContain("+\\u001b[2J\\r\n");
});
