import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import type { Outcome } from "../support/running.ts";
import { SharedDirectory } from "../support/shared-directory.ts";

const PIPELINE = `
export const a = task(sh\`cat \${file("a.txt")} > \${out("build/a")}\`);
export const b = task(sh\`cat \${a} > \${out("build/b")}; date +%N >> build/b\`);
export const units = each(files("in/*.txt"), (f) => task(sh\`cat \${f} > \${out(\`build/\${f.stem}\`)}\`));
`;

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(PIPELINE);
  rig.write("a.txt", "one\n");
  rig.write("in/x.txt", "x\n");
  rig.write("in/y.txt", "y\n");
});
afterEach(() => rig.close());

/** Runs `inc accept`; times are left out. */
async function accept(...args: readonly string[]): Promise<Pick<Outcome, "code" | "stdout" | "stderr">> {
  const { code, stdout, stderr } = await rig.run("accept", ...args);
  return { code, stdout: stdout.replace(/\d{4}-\S+/g, "TIME").replace(/[0-9a-f]{12}/g, "…"), stderr };
}

test("a result counts for what its task is made of now, until that changes again", async () => {
  await rig.results();
  rig.write("a.txt", "two\n");
  expect(await accept("a")).toEqual({
    code: 0,
    stdout: "accepted a: its result of TIME counts, though\n  file a.txt  … → …\naccepted 1, fresh 0, left 0\n",
    stderr: "",
  });
  expect(await rig.results()).toEqual([]);
  expect(rig.read("build/a")).toBe("one\n");
  expect((await accept("a")).stdout).toBe("accepted 0, fresh 1, left 0\n");
  expect((await rig.run("why", "a")).stdout).toMatch(/accepted with inc accept: \S+ though a\.txt changed/);
  const lineage = await rig.run("lineage", "build/a");
  expect(lineage.stdout).toContain("a  accepted with inc accept at");
  expect(lineage.stdout).toContain("a.txt@2");

  rig.write("a.txt", "three\n");
  expect(await rig.results()).toEqual(["a: ran", "b: ran"]);
  rig.write("a.txt", "two\n");
  expect(await rig.results()).toEqual(["a: restored", "b: restored"]);
  expect(rig.read("build/a")).toBe("one\n");
});

test("--force takes it back, and takes the task for no less deterministic", async () => {
  await rig.results();
  rig.write("a.txt", "two\n");
  await accept("a");
  const forced = await rig.run("run", "--force", "a");
  expect(forced.code).toBe(0);
  expect(forced.stderr).not.toContain("INC4205");
  expect(rig.read("build/a")).toBe("two\n");
  expect((await rig.run("why", "a")).stdout).not.toContain("accepted");
});

test("only what is named counts, one unit of several too, and nothing runs for it", async () => {
  await rig.results();
  for (const name of ["a.txt", "in/x.txt", "in/y.txt"]) rig.write(name, "new\n");
  expect(await accept("b")).toMatchObject({
    code: 1,
    stdout: "left b: a would run first: inc run or inc accept that one\naccepted 0, fresh 0, left 1\n",
  });
  expect(await accept("units[x.txt]")).toMatchObject({ code: 0 });
  expect(await rig.results()).toEqual(["a: ran", "b: ran", "units[y.txt]: ran"]);
  expect(rig.read("build/x")).toBe("x\n");
});

test("there has to be a result that is what the task declares, and whose bytes can be had", async () => {
  expect(await accept("a")).toMatchObject({ code: 1, stdout: expect.stringContaining("left a: it has no result") });
  await rig.results();
  rig.manifest(PIPELINE.replace('out("build/a")', 'out("build/other")'));
  expect(await accept("a")).toMatchObject({ code: 1, stdout: expect.stringContaining("left a: it has no result") });
  rig.manifest(PIPELINE.replace('out("build/a")', 'out("build/a/")'));
  expect(await accept("a")).toMatchObject({ code: 1, stdout: expect.stringContaining("left a: it has no result") });
  expect(await accept("nothing")).toMatchObject({ code: 2, stderr: expect.stringContaining('"nothing"') });
  expect(await accept()).toMatchObject({ code: 2, stderr: expect.stringContaining("INC1003: accept takes tasks") });

  rig.manifest(PIPELINE);
  rig.write("a.txt", "two\n");
  rig.write("build/a", "an edit\n");
  expect(await accept("a")).toMatchObject({ code: 0 });
  expect(rig.read("build/a")).toBe("one\n");
  expect((await rig.run("log", "build/a")).stdout).toContain("edited");
});

test("what a function found while it ran is found of the result that it takes", async () => {
  rig.write("more.txt", "1\n");
  rig.write("helper.ts", "export const seen = (text: string): number => text.length;\n");
  rig.write(
    "pipeline.ts",
    `import { readFileSync } from "node:fs";
import { file, task } from "inc-run";
import { seen } from "./helper.ts";
export const f = task({ inputs: { a: file("a.txt") }, value: "json", run: async ({ inputs }) =>
  seen(await inputs.a.text()) + seen(readFileSync("more.txt", "utf8")) });
`,
  );
  expect(await rig.results()).toEqual(["f: ran"]);
  rig.write("helper.ts", "export const seen = (text: string): number => (console.log(text), text.length);\n");
  const accepted = await accept("f");
  expect(accepted).toMatchObject({ code: 0, stdout: expect.stringContaining('"seen" in helper.ts:1') });
  expect(await rig.results()).toEqual([]);
  rig.write("more.txt", "22\n");
  expect(await rig.results()).toEqual(["f: ran"]);
});

test("of a fan-out over a restored value, the units that there are then are accepted or left", async () => {
  const helper = (body: string): void => rig.write("helper.ts", `export const upper = (s: string) => ${body};\n`);
  rig.write(
    "pipeline.ts",
    `import { each, file, sh, task } from "inc-run";
import { upper } from "./helper.ts";
export const names = task(sh\`cat \${file("list.txt")}\`, { value: "lines" });
export const made = each(names, (name) => task({ value: "json", run: () => upper(name) }));
`,
  );
  helper("s.toUpperCase()");
  for (const list of ["a\nfails\n", "a\nb\n"]) {
    rig.write("list.txt", list);
    helper(list.includes("fails") ? "(s === 'fails' ? s.none.none : s.toUpperCase())" : "s.toUpperCase()");
    await rig.results("--keep-going");
  }
  rig.write("list.txt", "a\nfails\n");
  helper("(console.log(s), s.toUpperCase())");
  const { code, stdout } = await accept("made");
  expect(stdout).toContain("accepted made[a]");
  expect(stdout).toContain("left made[fails]: it has no result");
  expect(stdout).not.toContain("made[b]");
  expect([code, stdout.split("\n").at(-2)]).toEqual([1, "accepted 1, fresh 0, left 1"]);
});

test("no other machine gets it", async () => {
  const shared = new SharedDirectory();
  try {
    await rig.results();
    rig.write("a.txt", "two\n");
    await accept("a");
    const { stdout } = await rig.run("cache", "push", "--remote", shared.url, "a", "b");
    expect(stdout).toContain("left out a: accepted here with inc accept");
    expect(stdout).toContain("uploaded 1 result");
  } finally {
    shared.close();
  }
});
