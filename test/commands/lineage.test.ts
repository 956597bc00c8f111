import { afterEach, beforeEach, expect, test } from "vitest";
import type { LineageDocument } from "../../src/lineage/document.ts";
import { Rig } from "../support/rig.ts";
import { printed } from "../support/said.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(`
const region = param("region", "eu");
export const head = task(sh\`\${tool("head")} -n 1 \${file("data/eu.csv")} > \${out("build/head")}\`);
export const clean = each(files("data/*.csv"), (f) => task(sh\`sort \${f} \${head} > \${out(\`build/clean/\${f.stem}.csv\`)}\`));
export const report = task(sh\`cat \${clean} > \${out("build/report")}; echo \${region} >> build/report\`, { env: { LEVEL: env("LEVEL") } });
export const lint = task(sh\`test -s build/report\`, { inputs: [report] });
export const pack = task(sh\`cat \${report} \${report} > \${out("build/pack")}\`, { inputs: [lint] });
`);
  rig.write("data/eu.csv", "2,eu\n1,x\n");
  rig.write("data/us.csv", "2,us\n1,x\n");
});

afterEach(() => rig.close());

/** Replaces the parts that differ from run to run. */
function steady(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d/g, "TIME")
    .replace(/\b\d{8}T\d{9}-[0-9a-f]{6}\b/g, "RUN")
    .replace(/\b\d+(\.\d+)?m?s\b/g, "TOOK")
    .replace(/\b[0-9a-f]{12}\b/g, "DIGEST")
    .replace(/ on \S+/g, " on HOST");
}

const lineage = async (...args: string[]): Promise<string> => steady(await printed(rig, "lineage", ...args));

async function documentOf(...args: readonly string[]): Promise<LineageDocument> {
  return JSON.parse((await rig.run("lineage", ...args, "--format", "json")).stdout) as LineageDocument;
}

const complaint = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await rig.run("lineage", ...args);
  expect([code, stdout]).toEqual([2, ""]);
  return stderr.replaceAll(rig.root, "ROOT");
};

test("lineage shows the tree of the inputs of a version", async () => {
  await rig.run("run");
  expect(await lineage("build/pack")).toMatchInlineSnapshot(`
    "build/pack@1  DIGEST  62 B  TIME
    └─ pack  ran TOOK at TIME in run RUN
       │  $ cat build/report build/report > build/pack
       │  code DIGEST  environment DIGEST  local on HOST
       ├─ build/report@1  DIGEST  31 B  TIME
       │  └─ report  ran TOOK at TIME in run RUN
       │     │  $ cat build/clean/eu.csv build/clean/us.csv > build/report; echo eu >> build/report
       │     │  code DIGEST  environment DIGEST  local on HOST
       │     ├─ env:LEVEL@1  not set
       │     ├─ param:region@1  "eu"
       │     └─ clean (2 members)
       │        ├─ build/clean/eu.csv@1  DIGEST  14 B  TIME
       │        │  └─ clean[eu.csv]  ran TOOK at TIME in run RUN
       │        │     │  $ sort data/eu.csv build/head > build/clean/eu.csv
       │        │     │  code DIGEST  environment DIGEST  local on HOST
       │        │     ├─ data/eu.csv@1  DIGEST  9 B  TIME
       │        │     └─ build/head@1  DIGEST  5 B  TIME
       │        │        └─ head  ran TOOK at TIME in run RUN
       │        │           │  $ head -n 1 data/eu.csv > build/head
       │        │           │  code DIGEST  environment DIGEST  local on HOST
       │        │           ├─ data/eu.csv@1  DIGEST  9 B  TIME
       │        │           └─ tool:head@1  DIGEST
       │        └─ build/clean/us.csv@1  DIGEST  14 B  TIME
       │           └─ clean[us.csv]  ran TOOK at TIME in run RUN
       │              │  $ sort data/us.csv build/head > build/clean/us.csv
       │              │  code DIGEST  environment DIGEST  local on HOST
       │              ├─ data/us.csv@1  DIGEST  9 B  TIME
       │              └─ build/head@1  DIGEST  5 B  TIME  (see above)
       └─ lint  ran TOOK at TIME in run RUN
          │  $ test -s build/report
          │  code DIGEST  environment DIGEST  local on HOST
          └─ build/report@1  DIGEST  31 B  TIME  (see above)
    "
  `);
  expect(await lineage("build/pack", "--depth", "1")).toMatchInlineSnapshot(`
    "build/pack@1  DIGEST  62 B  TIME
    └─ pack  ran TOOK at TIME in run RUN  …
       │  $ cat build/report build/report > build/pack
       │  code DIGEST  environment DIGEST  local on HOST
       └─ build/report@1  DIGEST  31 B  TIME  …
    … marks where more was left out
    "
  `);
});

test("every version has its own lineage, and lineage of two versions shows why they differ", async () => {
  await rig.run("run");
  rig.write("data/us.csv", "3,us\n");
  await rig.run("run", "--param", "region=us");
  const sources = async (version: string): Promise<readonly string[]> => {
    const { nodes } = await documentOf("build/pack", "--at", version);
    return nodes.flatMap((node) => (node.kind === "version" && node.type !== "artifact" ? [node.id] : [])).sort();
  };
  const others = ["data/eu.csv@1", "env:LEVEL@1", "tool:head@1"];
  expect(await sources("1")).toEqual([...others, "data/us.csv@1", "param:region@1"].sort());
  expect(await sources("@latest")).toEqual([...others, "data/us.csv@2", "param:region@2"].sort());
  const because =
    "build/pack@1 and build/pack@2 differ, because of:\n" +
    "  parameter region  eu → us  @1 → @2  (task report)\n" +
    "  file data/us.csv  DIGEST → DIGEST  @1 → @2  (task clean[us.csv])\n";
  expect(await lineage("build/pack", "--diff", "1", "2")).toBe(because);
  expect(await lineage("--diff", "1", "@2", "build/pack")).toBe(because);
  const json = JSON.parse((await rig.run("lineage", "build/pack", "--diff", "1", "2", "--format", "json")).stdout);
  expect(json).toMatchObject({ format: 1, before: "build/pack@1", after: "build/pack@2", same: false });
  expect(await lineage("build/pack", "--diff", "2", "build/pack@{now}")).toBe("build/pack@2 is the same version\n");
});

test("lineage --down shows the results of a source, and which of them are stale now", async () => {
  await rig.run("run");
  expect(await lineage("data/us.csv", "--down")).toMatchInlineSnapshot(`
    "data/us.csv@1  DIGEST  9 B  TIME
    └─ clean[us.csv]  ran TOOK at TIME in run RUN
       │  $ sort data/us.csv build/head > build/clean/us.csv
       │  code DIGEST  environment DIGEST  local on HOST
       └─ build/clean/us.csv@1  DIGEST  14 B  TIME
          └─ report  ran TOOK at TIME in run RUN
             │  $ cat build/clean/eu.csv build/clean/us.csv > build/report; echo eu >> build/report
             │  code DIGEST  environment DIGEST  local on HOST
             └─ build/report@1  DIGEST  31 B  TIME
                ├─ lint  ran TOOK at TIME in run RUN
                │     $ test -s build/report
                │     code DIGEST  environment DIGEST  local on HOST
                └─ pack  ran TOOK at TIME in run RUN
                   │  $ cat build/report build/report > build/pack
                   │  code DIGEST  environment DIGEST  local on HOST
                   └─ build/pack@1  DIGEST  62 B  TIME
    3 results built from this version, all up to date
    "
  `);
  rig.write("data/us.csv", "3,us\n");
  expect((await lineage("data/us.csv", "--down")).split("\n").at(-2)).toBe(
    "3 results built from this version are out of date",
  );
  expect(await lineage("data/eu.csv", "--down")).toContain(
    "build/pack@1  DIGEST  62 B  TIME  stale: data/us.csv changed",
  );
  await rig.run("run");
  rig.write("data/us.csv", "2,us\n1,x\n");
  await rig.run("run");
  // The third version has the content of the first.
  const document = await documentOf("data/us.csv", "--down");
  expect(document.roots).toEqual(["data/us.csv@3"]);
  expect(document.nodes.filter((node) => node.kind === "version" && node.latest).map(({ id }) => id)).toContain(
    "build/pack@3",
  );
});

test("lineage needs neither manifest nor lease, and works anywhere in the workspace", async () => {
  await rig.run("run");
  const whole = await lineage("build/pack");
  rig.remove("pipeline.ts");
  const sub = rig.start(["lineage", "pack"], { cwd: "build" });
  expect(steady((await sub.ended).stdout)).toBe(whole);
  rig.manifest(`export const held = task(sh\`${rig.held("h")} > \${out("build/held")}\`);`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("h");
  expect(await lineage("build/pack")).toBe(whole);
  held.release();
  expect((await running.ended).code).toBe(0);
});

test("lineage prints all formats, on stdout and into a file", async () => {
  await rig.run("run");
  expect(await lineage("build/*", "--format", "dot")).toContain('"build/head@1" [label="build/head@1"');
  expect(await lineage("build/pack", "--format", "mermaid")).toMatch(/^flowchart LR\n/);
  const events = (await rig.run("lineage", "build/pack", "--format", "openlineage")).stdout.trim().split("\n");
  expect(events.map((line) => (JSON.parse(line) as { eventType: string }).eventType)).toEqual(
    Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? "START" : "COMPLETE")),
  );
  expect(await lineage("build/pack", "--format", "html", "-o", "build/lineage.html")).toBe("");
  expect(rig.read("build/lineage.html")).toMatch(/^<!doctype html>\n/);
  expect(await lineage("build/pack", "-o", "tree.txt")).toBe("");
  expect(steady(rig.read("tree.txt"))).toBe(await lineage("build/pack"));
});

test("lineage refuses unknown objects and versions, and flags that do not fit", async () => {
  expect(await complaint("x")).toMatchInlineSnapshot(`
    "error INC1031: the workspace "ROOT" has no store yet, so it has no history
      help: run the pipeline first: inc run
    "
  `);
  await rig.run("run");
  expect(await complaint()).toMatchInlineSnapshot(`
    "error INC1003: "lineage without an object" cannot be used
      help: name one: inc lineage build/report.md
    "
  `);
  expect(await complaint("build/pakc")).toMatchInlineSnapshot(`
    "error INC1020: there is no object "build/pakc"
      note: an object is known once a task used or made it, or once it was published
      help: did you mean "build/pack"?
    "
  `);
  expect(await complaint("build/pack@7")).toMatchInlineSnapshot(`
    "error INC1021: "build/pack" has no version 7
      note: its newest version is build/pack@1
      help: inc log build/pack shows them
    "
  `);
  expect(await complaint("build/pack", "--depth", "-1")).toMatchInlineSnapshot(`
    "error INC1003: "--depth -1" cannot be used
      help: give a number, as --depth 2
    "
  `);
  expect(await complaint("build/pack", "--format", "svg")).toMatchInlineSnapshot(`
    "error INC1003: Expected --format=svg to be one of: tree, json, dot, mermaid, openlineage, html
      help: inc lineage --help shows its flags
    "
  `);
  expect(await complaint("build/pack", "--diff", "1")).toMatchInlineSnapshot(`
    "error INC1026: --diff takes one object and two of its versions
      help: inc lineage build/report.md --diff 2 3
    "
  `);
  expect(await complaint("build/pack", "--diff", "1", "2", "--format", "dot")).toMatchInlineSnapshot(`
    "error INC1026: --diff cannot be printed as dot
      help: inc lineage build/report.md --diff 2 3
    "
  `);
  expect(await complaint("build/pack", "--diff", "1", "2", "--down")).toMatchInlineSnapshot(`
    "error INC1026: --diff goes with neither --down nor --depth nor --at
      help: inc lineage build/report.md --diff 2 3
    "
  `);
  expect(await complaint("build/*", "--diff", "1", "2")).toContain("matches 3 objects, but one is needed");
  expect(await complaint("build/pack", "-o", "no/such/directory")).toMatchInlineSnapshot(`
    "error INC1025: "no/such/directory" cannot be written
      note: ENOENT: no such file or directory, open 'no/such/directory'
      help: name a file in an existing directory that you may write to
    "
  `);
});
