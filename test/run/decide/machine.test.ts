import { copyFileSync, rmSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** Task → result of a run, fresh tasks left out. */
async function results(env: Readonly<Record<string, string>>, script?: string): Promise<readonly string[]> {
  const { stdout, stderr } = await rig.start(["run", "--json"], { env, ...(script && { script }) }).ended;
  expect(stderr).toBe("");
  const events = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, string>);
  return events.flatMap(({ kind, task, result }) =>
    kind === "task-ended" && result !== "fresh" ? [`${task}: ${result}`] : [],
  );
}

test("a shell that appears in PATH, or goes, reruns what it would run otherwise", async () => {
  rig.manifest(`
export const a = task(sh\`echo a > \${out("b/a")}\`);
export const b = task(sh\`cat \${file("in.txt")} > \${out("b/b")}\`);
export const c = task(exec(["cat", file("in.txt")], { stdout: out("b/c") }));
`);
  rig.write("in.txt", "1\n");
  rig.write("bin/.keep", "");
  symlinkSync("/bin/cat", rig.path("bin/cat"));
  const env = { PATH: rig.path("bin") };
  expect(await results(env)).toHaveLength(3);
  expect(await results(env)).toEqual([]);
  copyFileSync("/bin/bash", rig.path("bin/bash"));
  expect((await results(env)).toSorted()).toEqual(["a: ran", "b: ran"]);
  expect(await results(env)).toEqual([]);
  rmSync(rig.path("bin/bash"));
  // Beside an edit, too, which reaches only one of them.
  rig.write("in.txt", "2\n");
  expect((await results(env)).toSorted()).toEqual(["b: ran", "c: ran"]);
});

test("another Node reruns functions, and evaluates the manifest anew", async () => {
  rig.manifest(`
import { writeFileSync } from "node:fs";
export const f = task({ outputs: { o: "b/f" }, run: ({ outputs }) => writeFileSync(outputs.o, "1") });
export const named = task(sh\`echo \${process.version} > \${out("b/named")}\`);
export const other = task(sh\`echo > \${out("b/other")}\`);
`);
  const other = rig.path(".other.mjs");
  rig.write(
    ".other.mjs",
    `Object.defineProperty(process, "version", { value: "v99.0.0" });\nprocess.argv[1] = ${JSON.stringify(rig.cli)};\nawait import(process.argv[1]);\n`,
  );
  expect(await results({})).toHaveLength(3);
  expect(await results({})).toEqual([]);
  expect((await results({}, other)).toSorted()).toEqual(["f: ran", "named: ran"]);
  expect(rig.read("b/named")).toBe("v99.0.0\n");
  expect(await results({}, other)).toEqual([]);
});
