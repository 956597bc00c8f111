import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("versions of a source that is a symlink keep the bytes of its target", async () => {
  rig.manifest(`export const a = task(sh\`cat \${file("link")} > \${out("b/a")}\`);`);
  rig.write("target", "one\n");
  symlinkSync("target", rig.path("link"));
  await rig.run("run");
  rig.write("target", "two\n");
  await rig.run("run");
  expect((await rig.run("get", "link@1")).stdout).toBe("one\n");
  expect((await rig.run("get", "link@2")).stdout).toBe("two\n");
  const diff = await rig.run("diff", "link@1", "link@2");
  expect([diff.code, diff.stdout]).toEqual([1, "--- link@1\n+++ link@2\n@@ -1 +1 @@\n-one\n+two\n"]);
  expect((await rig.run("checkout", "link@1")).stderr).toBe(
    `error INC1036: link@1 cannot be put in the workspace: it was a symlink to "target", which holds something else now\n` +
      "  help: put that back, or copy what it led to: inc get link@1 -o PATH\n",
  );
  expect((await rig.run("checkout", "link@2")).stdout).toBe("1 in place already\n");
  expect((await rig.run("gc", "--keep-versions", "1")).code).toBe(0);
  expect((await rig.run("get", "link@1")).stderr).toContain("the bytes of link@1 are no longer in the store");
  expect((await rig.run("get", "link@2")).stdout).toBe("two\n");
  expect((await rig.run("doctor")).stdout).toBe("the store is sound\n");
});

test("inc distinguishes evicted bytes from bytes that were never stored", async () => {
  rig.manifest(
    `export const a = task(sh\`cat \${file("k", { keep: "all" })} \${file("n", { keep: "none" })} > \${out("b/a")}\`);`,
  );
  for (const text of ["1\n", "2\n"]) {
    rig.write("k", text);
    rig.write("n", text);
    await rig.run("run");
  }
  await rig.run("gc", "--keep-versions", "1");
  const told = (name: string) => rig.run("get", name).then(({ stderr }) => stderr);
  expect(await told("k@1")).toBe(
    "error INC1032: the bytes of k@1 are no longer in the store\n  note: it is a source, so no task can make it again\n",
  );
  expect(await told("n@1")).toBe(
    "error INC1032: the bytes of n@1 were never stored\n  note: it is a source, so no task can make it again\n" +
      '  help: store every version from now on: file(path, { keep: "all" })\n',
  );
  expect((await rig.run("log", "k", "n")).stdout).toMatch(/@1 .* evicted\n(.*\n)*.*@1 .* bytes not stored\n/);
});

test("a directory whose links lead out of it, or that holds the store, is not published", async () => {
  rig.manifest(`const d = object("d");\nexport const a = task(sh\`cat \${d}/l > \${out("b/a")}\`);`);
  mkdirSync(rig.path("D/sub"), { recursive: true });
  rig.write("out.txt", "one\n");
  for (const [name, text] of [
    ["l", "../out.txt"],
    ["sub/k", rig.path("D/inside")],
  ] as const)
    symlinkSync(text, rig.path(`D/${name}`));
  const { code, stderr } = await rig.run("put", "d", "D");
  expect([code, stderr]).toEqual([
    2,
    'error INC3016: the symlink "l" (and 1 more) leads out of "D": nothing was published\n' +
      "  note: its target could change without a new version\n" +
      "  help: replace links with their targets: cp -rL FROM TO, then publish TO\n",
  ]);
  rmSync(rig.path("D"), { recursive: true });
  rig.write("D/inside", "two\n");
  symlinkSync("inside", rig.path("D/l"));
  expect((await rig.run("put", "d", "D")).stdout).toBe("d@1\n");
  expect(await rig.results()).toEqual(["a: ran"]);
  expect(rig.read("b/a")).toBe("two\n");
  expect((await rig.run("put", "d", ".")).stderr).toBe(
    'error INC3015: "." contains the store of inc: nothing was published\n  help: publish a directory without .inc\n',
  );
});

test("a directory source gets a new version when the target of a link in it changes", async () => {
  rig.manifest(`export const a = task(sh\`cat \${file("D")}/l > \${out("b/a")}\`);`);
  mkdirSync(rig.path("D"));
  symlinkSync("../out.txt", rig.path("D/l"));
  for (const text of ["one\n", "two\n"]) {
    rig.write("out.txt", text);
    expect(await rig.results()).toEqual(["a: ran"]);
  }
  const diff = await rig.run("diff", "D@1", "D@2");
  expect([diff.code, diff.stdout]).toEqual([1, "--- D@1\n+++ D@2\n l\n     what it leads to is another\n"]);
});

test("checkout and pin escape control characters in names", async () => {
  const name = "b/\u001b]0;x\u0007z";
  rig.manifest(`export const a = task(sh\`echo 1 > \${out(${JSON.stringify(name)})}\`);`);
  await rig.run("run");
  rig.remove(name);
  for (const command of ["checkout", "pin"]) {
    const { code, stdout } = await rig.run(command, `${name}@1`);
    expect([code, stdout.includes("\u001b"), stdout.includes("\\u001b")]).toEqual([0, false, true]);
  }
});
