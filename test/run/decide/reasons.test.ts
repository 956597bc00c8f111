import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("the reason is the difference from the most similar attempt, not from the latest", async () => {
  rig.manifest(`export const a = task(sh\`echo \${param("p", "1")} > \${out("a")}; cat \${file("in")}\`);`);
  rig.write("in", "1\n");
  for (const p of ["1", "2"]) expect(await rig.run("run", "--param", `p=${p}`)).toMatchObject({ code: 0 });
  rig.write("in", "2\n");
  expect((await rig.run("why", "a", "--param", "p=1")).stdout).toMatch(/^a: would-run, in changed\n/);
  // Back to the first state, then the edit: the state in between does not count.
  rig.write("in", "1\n");
  await rig.run("run", "--param", "p=1");
  rig.write("in", "3\n");
  expect((await rig.run("why", "a", "--param", "p=1")).stdout).toMatch(/^a: would-run, in changed\n/);
});

test("after a run `why` lists the changes of its reason, and none of the run before", async () => {
  rig.manifest(`export const a = task(sh\`echo \${param("p", "1")} > \${out("a")}; cat \${file("in")}\`);`);
  for (const [text, p] of [
    ["1\n", "1"],
    ["1\n", "2"],
    ["2\n", "1"],
    ["2\n", "2"],
  ] as const) {
    rig.write("in", text);
    expect(await rig.run("run", "--param", `p=${p}`)).toMatchObject({ code: 0 });
  }
  const why = async (p: string) =>
    (await rig.run("why", "a", "--param", `p=${p}`)).stdout.replace(/[0-9a-f]{12}/g, "…").replace(/ 2\d.*ms,/, "");
  expect(await why("2")).toBe("a: fresh, unchanged\n  last attempt: in changed\n    file in  … → …\n");
  // Restored: the attempt that counts now is the first, which had nothing to be compared with.
  rig.write("in", "1\n");
  await rig.run("run", "--param", "p=1");
  expect(await why("1")).toBe("a: fresh, unchanged\n  last attempt: never ran before\n");
});

test("after a run `why` goes up to the changed source", async () => {
  rig.manifest(`
export const first = task(sh\`cat \${file("in")} > \${out("first")}\`);
export const second = task(sh\`cat \${first} > \${out("second")}\`);
export const third = task(sh\`cat \${second} > \${out("third")}\`);
`);
  for (const text of ["1\n", "2\n"]) {
    rig.write("in", text);
    await rig.run("run");
  }
  const lines = (await rig.run("why", "third")).stdout.replace(/[0-9a-f]{12}/g, "…").split("\n");
  expect(lines[0]).toBe("third: fresh, unchanged");
  expect(lines.slice(2)).toEqual([
    "    file second  … → …",
    "  because of second:",
    "    file first  … → …",
    "  because of first:",
    "    file in  … → …",
    "",
  ]);
});

test("a time with a day that its month does not have is refused", async () => {
  rig.manifest(`export const a = task(sh\`cat \${file("in")} > \${out("a")}\`);`);
  rig.write("in", "1\n");
  await rig.run("run");
  expect((await rig.run("get", "a@{2026-02-30}")).stderr).toContain('error INC1023: "@{2026-02-30}" is no time\n');
  expect((await rig.run("get", "a@{2026-02-28}")).stderr).toContain("error INC1021: ");
});
