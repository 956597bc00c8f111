import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(`
const must = param("must", { description: "has no default" });
export const raw = task(sh\`cp \${file("in.txt")} \${out("build/raw")}\`, { description: "The beginning" });
export const units = each(["a", "b"], (name) => task(sh\`cat \${raw} > \${out(\`build/\${name}\`)}\`));
export const last = task(sh\`cat \${units} > \${out("build/last")}; : \${must}\`);
`);
  rig.write("in.txt", "one\n");
});

afterEach(() => rig.close());

const MUST = ["--param", "must=x"] as const;

/** Replaces times and digests, which differ from run to run. */
function steady(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:]+[+-]\d\d:\d\d/g, "TIME")
    .replace(/\b\d+(\.\d+)?m?s\b/g, "TOOK")
    .replace(/\b[0-9a-f]{12}\b/g, "DIGEST");
}

test("list and graph need no parameters", async () => {
  expect((await rig.run("list")).stdout).toBe("raw    The beginning\nunits  2 units\nlast\n");
  expect((await rig.run("graph")).stdout).toBe("last\n├─ units[a]\n│  └─ raw\n└─ units[b]\n   └─ raw\n");
  expect((await rig.run("graph", "--format", "dot")).stdout).toContain('"units[a]" -> "last";');
  const listed = JSON.parse((await rig.run("list", "--json")).stdout) as { id: string }[];
  expect(listed.map(({ id }) => id)).toEqual(["raw", "units[a]", "units[b]", "last"]);
});

test("status says which tasks are not fresh, and why", async () => {
  await rig.run("run", ...MUST);
  expect((await rig.run("status", ...MUST)).stdout).toContain("4 of 4 fresh\n");
  rig.write("in.txt", "two\n");
  rig.remove("build/last");
  const { stdout } = await rig.run("status", ...MUST);
  expect(steady(stdout)).toBe(
    [
      "would-run     raw  in.txt changed",
      "would-run     units[a]  raw would run first",
      "would-run     units[b]  raw would run first",
      "would-run     last  units[a] would run first",
      "0 of 4 fresh",
      "last run: TIME, exit 0, inc run --param must=x",
      "",
    ].join("\n"),
  );
});

test("why goes up to the changed file and shows both of its digests", async () => {
  await rig.run("run", ...MUST);
  rig.write("in.txt", "two\n");
  const { stdout } = await rig.run("why", "last", ...MUST);
  expect(steady(stdout)).toBe(
    [
      "last: would-run, units[a] would run first",
      "  because units[a]: would-run, raw would run first",
      "  because raw: would-run, in.txt changed",
      "    file in.txt  DIGEST → DIGEST",
      "  last attempt: TIME, ok, TOOK, never ran before",
      "",
    ].join("\n"),
  );
});

test("why of a fresh task says why it ran last", async () => {
  await rig.run("run", ...MUST);
  rig.write("in.txt", "two\n");
  await rig.run("run", ...MUST);
  const { stdout } = await rig.run("why", "raw", ...MUST);
  expect(steady(stdout)).toBe(
    [
      "raw: fresh, unchanged",
      "  last attempt: TIME, ok, TOOK, in.txt changed",
      "    file in.txt  DIGEST → DIGEST",
      "",
    ].join("\n"),
  );
});

test("clean removes what inc made and leaves edited outputs; the next run restores", async () => {
  await rig.run("run", ...MUST);
  rig.write("build/a", "mine\n");
  rig.write("build/theirs", "x\n");
  const { stdout, stderr } = await rig.run("clean");
  expect(stdout).toBe("removed 3 outputs\n");
  expect(stderr).toContain("build/a");
  expect([rig.exists("build/raw"), rig.read("build/a"), rig.exists("build/theirs")]).toEqual([false, "mine\n", true]);
  expect(await rig.results(...MUST)).toEqual([
    "last: restored",
    "raw: restored",
    "units[a]: restored",
    "units[b]: restored",
  ]);
});

test("init makes a pipeline that runs, and overwrites nothing", async () => {
  const { code, stdout } = await rig.run("init", "minimal", "fresh");
  expect([code, stdout.includes("now: cd fresh && inc run")]).toEqual([0, true]);
  expect((await rig.start(["run"], { cwd: "fresh" }).ended).code).toBe(0);
  const again = await rig.run("init", "minimal", "fresh");
  expect(again.code).toBe(2);
  expect(again.stderr).toContain("error INC1004:");
  expect((await rig.run("init", "no-such-template")).code).toBe(2);
});

test("inc prints its version and its help", async () => {
  expect((await rig.run("--version")).stdout).toMatch(/^inc \d+\.\d+\.\d+\n$/);
  const { stdout } = await rig.run("--help");
  for (const name of ["run", "why", "status", "list", "graph", "clean", "init"])
    expect(stdout).toMatch(new RegExp(`^ {2}${name} `, "m"));
});

test("--profile writes a trace", async () => {
  await rig.run("run", ...MUST, "--profile", "trace.json");
  const { traceEvents } = JSON.parse(rig.read("trace.json")) as {
    traceEvents: { ph: string; name: string; args: { room?: string } }[];
  };
  expect(
    traceEvents
      .filter(({ ph, args }) => ph === "X" && args.room === undefined)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["last", "raw", "units[a]", "units[b]"]);
});

test("a trace that cannot be written is an error before anything runs", async () => {
  const { code, stdout, stderr } = await rig.run("run", ...MUST, "--profile", "no/such/dir/trace.json");
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain('error INC1005: the trace cannot be written to "no/such/dir/trace.json"');
  expect(rig.exists("build")).toBe(false);
});

test("a dry run with nothing to do still says what it would run", async () => {
  await rig.run("run", ...MUST);
  expect((await rig.run("run", ...MUST, "-n")).stdout).toMatch(/^would run 0, would restore 0, fresh 4 in /m);
});
