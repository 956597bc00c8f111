import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { SharedDirectory } from "../support/shared-directory.ts";

const CALLS = join(tmpdir(), `inc-calls-${process.pid}`);

let shared: SharedDirectory;
let rigs: readonly [Rig, Rig];

beforeEach(async () => {
  writeFileSync(CALLS, "");
  shared = new SharedDirectory();
  rigs = [await Rig.create(), await Rig.create()];
});

afterEach(async () => {
  rmSync(CALLS, { force: true });
  for (const rig of rigs) await rig.close();
  await shared.close();
});

/** Batches over files, over units of those, and in a callback over what a task makes. @param unit What `sizes` counts in. */
function manifest(rig: Rig, unit = 1): void {
  rig.manifest(`
    import { appendFileSync, writeFileSync } from "node:fs";
    const note = (what: string, units: ReadonlyMap<string, unknown>) =>
      appendFileSync(${JSON.stringify(CALLS)}, \`\${what} \${[...units.keys()].sort().join(" ")}\\n\`);
    export const made = each(files("docs/*"), { batch: 100 }, (doc) =>
      task({ inputs: { doc }, outputs: { o: \`build/\${doc.name}\` }, async runAll({ units }) {
        note("made", units);
        for (const { inputs, outputs } of units.values()) writeFileSync(outputs.o, (await inputs.doc.text()).toUpperCase());
      } }));
    export const sizes = each(made, { batch: 100 }, (of) =>
      task({ inputs: { of }, value: "json", async runAll({ units }) {
        note("sizes", units);
        const sizes = new Map<string, number>();
        for (const [key, { inputs }] of units) sizes.set(key, (await inputs.of.o.text()).length * ${unit});
        return sizes;
      } }));
    export const table = task(sh\`cat \${file("table.json")}\`, { value: "json" });
    export const deep = each(table, (names, region) => each(names as string[], { batch: 100 }, (name) =>
      task({ outputs: { o: \`deep/\${region}-\${name}\` }, async runAll({ units }) {
        note("deep", units);
        for (const [key, { outputs }] of units) writeFileSync(outputs.o, key);
      } })));
    export const all = task(sh\`cat \${made} \${deep} > \${out("all")}\`);`);
}

/** What each call made since the last time. */
function called(): readonly string[] {
  const lines = readFileSync(CALLS, "utf8").split("\n").slice(0, -1);
  writeFileSync(CALLS, "");
  return lines.sort();
}

test("units of which look-ups find nothing share a call, and each is found by itself elsewhere", async () => {
  const [here, there] = rigs;
  const run = async (rig: Rig, ...args: string[]): Promise<string> => {
    const { code, stdout } = await rig.start(["run", ...args], { env: { INC_REMOTE: shared.url } }).ended;
    expect(code).toBe(0);
    return stdout;
  };
  for (const rig of rigs) {
    manifest(rig);
    for (const key of ["a", "b", "c"]) rig.write(`docs/${key}`, key);
    rig.write("table.json", '{ "eu": ["x", "y"], "us": ["x"] }');
  }
  await run(here);
  expect(called()).toEqual(["deep eu/x eu/y us/x", "made a b c", "sizes a b c"]);
  expect(await run(there)).toContain("ran 0, restored 11, fresh 0");
  expect([there.read("all"), called()]).toEqual(["ABCeu/xeu/yus/x", []]);
  for (const rig of rigs) {
    rig.write("docs/a", "aa");
    rig.write("docs/d", "d");
    rig.write("table.json", '{ "eu": ["y", "z"], "ca": ["x"] }');
  }
  await run(there);
  expect(called()).toEqual(["deep ca/x eu/z", "made a d", "sizes a d"]);
  expect([there.exists("deep/us-x"), there.exists("deep/eu-x")]).toEqual([false, false]);
  expect(await run(here, "--remote-download", "minimal")).toContain("ran 0, restored 8");
  expect((await here.run("lineage", "deep/ca-x")).stdout).toMatch(/value:table@2 .* element ca /);
  // What other code needs of outputs that are in the shared cache only is brought before the call.
  manifest(here, 2);
  await run(here, "--remote-download", "minimal");
  expect(called()).toEqual(["sizes a b c d"]);
  expect((await here.run("get", "sizes[a]")).stdout).toBe("4");
  expect((await here.run("why", "made[d]")).stdout).toContain("taken from the shared cache");
  expect((await here.run("lineage", "sizes[d]")).stdout).toMatch(/docs\/d@1/);
});
