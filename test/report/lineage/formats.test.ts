import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LineageDocument } from "../../../src/lineage/document.ts";
import { downstream } from "../../../src/lineage/downstream.ts";
import { upstream } from "../../../src/lineage/upstream.ts";
import { limitOf, renderLineage } from "../../../src/report/lineage/formats.ts";
import { renderLineageTree } from "../../../src/report/lineage/tree.ts";
import { layeredLayout } from "../../../src/report/page/layered-layout.ts";
import { textWidth } from "../../../src/report/text/width.ts";
import { StoreRig } from "../../lineage/pipeline.ts";

let rig: StoreRig;

beforeEach(() => {
  rig = new StoreRig();
  const members = Object.fromEntries(Array.from({ length: 23 }, (_, i) => [`in/${100 + i}.csv`, `row ${i}`]));
  const lint = rig.attempt("lint", { files: { "in/100.csv": "row 0" } });
  rig.attempt("head", { files: { "in/100.csv": "row 0" }, makes: { "build/head": "h" } });
  rig.attempt("join", {
    command: 'cat in/*.csv \\\n  > "build/all"',
    sets: { "in/*.csv": members },
    files: { "build/head": "h" },
    params: { region: "eu & <us>" },
    passed: [lint],
    makes: { "build/all": "all\n" },
  });
});

afterEach(() => rig.close());

const up = (extent = {}): LineageDocument => upstream(rig.store, [rig.version("build/all")], extent);
const down = (disk: string): LineageDocument =>
  downstream(rig.store, [rig.version("in/100.csv")], (name) =>
    name === "in/100.csv" ? rig.identity(disk) : rig.store.history.latest(name)?.identity,
  );

/** Without what depends on the machine's zone. */
const plain = (text: string): string => text.replace(/\d{4}-\d\d-\d\dT[\d:]+[+-]\d\d:\d\d/g, "TIME");

test("the tree up has sets by their label, at most twenty members of each, and only the name of a node drawn before", () => {
  expect(plain(renderLineageTree(up(), { color: false }))).toMatchInlineSnapshot(`
    "build/all@1  a704fbe3601d  4 B  TIME
    └─ join  ran 7ms at TIME in run run1
       │  $ cat in/*.csv > "build/all"
       │  code 324d071c195f  environment 643be6e63377  local on testhost
       ├─ build/head@1  c3af7b114121  1 B  TIME
       │  └─ head  ran 7ms at TIME in run run1
       │     │  $ make head
       │     │  code 90ade154549a  environment 643be6e63377  local on testhost
       │     └─ in/100.csv@1  bf300602990e  5 B  TIME
       ├─ param:region@1  "eu & <us>"
       ├─ lint  ran 7ms at TIME in run run1
       │  │  $ make lint
       │  │  code 310d20c5964a  environment 643be6e63377  local on testhost
       │  └─ in/100.csv@1  bf300602990e  5 B  TIME
       └─ in/*.csv (23 members)
          ├─ in/100.csv@1  bf300602990e  5 B  TIME
          ├─ in/101.csv@1  04c5d1944017  5 B  TIME
          ├─ in/102.csv@1  258dd70e6819  5 B  TIME
          ├─ in/103.csv@1  374db5d2dd53  5 B  TIME
          ├─ in/104.csv@1  edb38e2d4841  5 B  TIME
          ├─ in/105.csv@1  7c768e1f6864  5 B  TIME
          ├─ in/106.csv@1  440cd12182bb  5 B  TIME
          ├─ in/107.csv@1  2e272e4f4cd4  5 B  TIME
          ├─ in/108.csv@1  e24a11e6e32b  5 B  TIME
          ├─ in/109.csv@1  1a011fddd0b0  5 B  TIME
          ├─ in/110.csv@1  8203df84b8c0  6 B  TIME
          ├─ in/111.csv@1  277a68b730ac  6 B  TIME
          ├─ in/112.csv@1  5013c7edc835  6 B  TIME
          ├─ in/113.csv@1  3dd130044863  6 B  TIME
          ├─ in/114.csv@1  376c6d968dd5  6 B  TIME
          ├─ in/115.csv@1  4bf4c5fed9ea  6 B  TIME
          ├─ in/116.csv@1  ed922fef3a2c  6 B  TIME
          ├─ in/117.csv@1  deeaf9d400a1  6 B  TIME
          ├─ in/118.csv@1  2c5ed4a6193f  6 B  TIME
          ├─ in/119.csv@1  d4c4954aa854  6 B  TIME
          └─ … and 3 more"
  `);
});

test("the tree down marks stale results", () => {
  expect(plain(renderLineageTree(down("edited"), { color: false }))).toMatchInlineSnapshot(`
    "in/100.csv@1  bf300602990e  5 B  TIME
    ├─ lint  ran 7ms at TIME in run run1
    │     $ make lint
    │     code 310d20c5964a  environment 643be6e63377  local on testhost
    ├─ head  ran 7ms at TIME in run run1
    │  │  $ make head
    │  │  code 90ade154549a  environment 643be6e63377  local on testhost
    │  └─ build/head@1  c3af7b114121  1 B  TIME  stale: in/100.csv changed
    │     └─ join  ran 7ms at TIME in run run1
    │        │  $ cat in/*.csv > "build/all"
    │        │  code 324d071c195f  environment 643be6e63377  local on testhost
    │        └─ build/all@1  a704fbe3601d  4 B  TIME  stale: in/100.csv changed
    └─ join  (see above)
    2 results built from this version are out of date"
  `);
  expect(renderLineageTree(down("row 0"), { color: false }).split("\n").at(-1)).toBe(
    "2 results built from this version, all up to date",
  );
});

test("the tree fits into a terminal, in colors too", () => {
  for (const columns of [20, 37, 80]) {
    const lines = renderLineageTree(up({ depth: 1 }), { color: false, columns }).split("\n");
    expect(Math.max(...lines.slice(0, -1).map(textWidth))).toBeLessThanOrEqual(columns);
    expect(lines.some((line) => line.endsWith("…"))).toBe(true);
  }
  const colored = renderLineageTree(up(), { color: true, columns: 60 });
  expect(colored).toContain("\u001b[1mbuild/all@1");
  expect(stripVTControlCharacters(colored)).toBe(renderLineageTree(up(), { color: false, columns: 60 }));
});

test("a chain of hundreds of tasks is drawn", () => {
  const long = new StoreRig();
  for (let i = 0; i < 300; i += 1)
    long.attempt(`t${i}`, {
      files: i === 0 ? { s: "s" } : { [`o${i - 1}`]: `${i - 1}` },
      makes: { [`o${i}`]: `${i}` },
    });
  const document = upstream(long.store, [long.version("o299")]);
  expect(document.nodes).toHaveLength(601);
  expect(renderLineageTree(document, { color: false }).split("\n")).toHaveLength(301 + 900);
  return long.close();
});

test("hostile names are printed, not obeyed", () => {
  rig.attempt("od\u001b[2Jd", { files: { 'a"b\\c\n.txt': "x" }, makes: { "out`<b>#": "y" } });
  const document = upstream(rig.store, [rig.version("out`<b>#")]);
  expect(renderLineageTree(document, { color: false })).toContain('a"b\\c\\n.txt@1');
  expect(renderLineageTree(document, { color: false })).toContain("od\\u001b[2Jd");
});

test("dot", async () => {
  rig.attempt("odd", { files: { 'a"b\\c\n.txt': "x" }, objects: {}, makes: { out: "y" }, outcome: "ok" });
  const document = upstream(rig.store, [rig.version("out"), rig.version("build/head")]);
  expect(await renderLineage(document, "dot", OPTIONS)).toMatchInlineSnapshot(`
    "digraph lineage {
      rankdir=LR;
      node [style=filled, fillcolor="#ffffff", fontname="sans-serif"];
      "out@1" [label="out@1", shape=note, fillcolor="#ffffff", penwidth=2];
      "build/head@1" [label="build/head@1", shape=note, fillcolor="#ffffff", penwidth=2];
      "run1.000004" [label="odd", shape=box, style="filled,rounded", fillcolor="#e3f2fd", tooltip="make odd"];
      "a\\"b\\\\c\\n.txt@1" [label="a\\"b\\\\c\\n.txt@1", shape=note, fillcolor="#e8f5e9"];
      "run1.000002" [label="head", shape=box, style="filled,rounded", fillcolor="#e3f2fd", tooltip="make head"];
      "in/100.csv@1" [label="in/100.csv@1", shape=note, fillcolor="#e8f5e9"];
      "run1.000004" -> "out@1";
      "a\\"b\\\\c\\n.txt@1" -> "run1.000004";
      "run1.000002" -> "build/head@1";
      "in/100.csv@1" -> "run1.000002";
    }"
  `);
});

test("mermaid", async () => {
  rig.attempt("odd", { files: { "out`<b>#&": "x" }, params: { region: "eu & <us>" }, makes: { out: "y" } });
  const document = upstream(rig.store, [rig.version("out")]);
  expect(await renderLineage(document, "mermaid", OPTIONS)).toMatchInlineSnapshot(`
    "flowchart LR
      n0(["out@1"])
      n1["odd"]
      n2(["out#96;#lt;b#gt;#35;#amp;@1"])
      n3{{"param:region@1 = #quot;eu #amp; #lt;us#gt;#quot;"}}
      n1 ==> n0
      n2 --> n1
      n3 --> n1
      classDef task fill:#e3f2fd,stroke:#1565c0,color:#0d2b45
      class n1 task"
  `);
  expect(await renderLineage(down("edited"), "mermaid", OPTIONS)).toContain("class n3,n5 stale");
});

test("json is the whole document, and formats for people have at most two thousand nodes", async () => {
  const document = up();
  expect(JSON.parse(await renderLineage(document, "json", OPTIONS))).toEqual(document);
  expect([limitOf("json"), limitOf("openlineage"), limitOf("tree"), limitOf("html")]).toEqual([
    undefined,
    undefined,
    2000,
    2000,
  ]);
});

const OPTIONS = { color: false, workspace: "/w", version: "1.2.3" };

test("layers: as far from the roots as the longest path, one row for each node, near its neighbors", () => {
  // 0 → 1 → 3, 0 → 3, 0 → 2
  const places = layeredLayout(4, [
    [0, 1],
    [1, 3],
    [0, 3],
    [0, 2],
  ]);
  expect(places.map(({ layer }) => layer)).toEqual([0, 1, 1, 2]);
  expect(Math.abs((places[1]?.y ?? 0) - (places[2]?.y ?? 0))).toBeGreaterThanOrEqual(1);
  expect(Math.abs((places[1]?.y ?? 0) - (places[3]?.y ?? 9))).toBeLessThan(1);
  expect(layeredLayout(0, [])).toEqual([]);
  const cycle = layeredLayout(3, [
    [0, 1],
    [1, 2],
    [2, 1],
  ]);
  expect(cycle.map(({ layer }) => layer)).toHaveLength(3);
});

test("layers: no two nodes overlap in a graph of two thousand", () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  const edges = Array.from({ length: 4000 }, (_, i) => {
    const to = 1 + (i % 1999);
    return [random(to), to] as const;
  });
  const started = performance.now();
  const places = layeredLayout(2000, edges);
  expect(performance.now() - started).toBeLessThan(2000);
  const columns = Map.groupBy(places, ({ layer }) => layer);
  for (const column of columns.values()) {
    const rows = column.map(({ y }) => y).sort((a, b) => a - b);
    for (let i = 1; i < rows.length; i += 1) expect((rows[i] ?? 0) - (rows[i - 1] ?? 0)).toBeGreaterThan(0.999);
  }
  for (const [from, to] of edges) expect(places[from]?.layer ?? 0).toBeLessThan(places[to]?.layer ?? 0);
});

test("the results built from a version are counted in whole sentences", () => {
  rig.attempt("one", { files: { single: "1" }, makes: { o1: "a" } });
  rig.attempt("two", { files: { single: "1", other: "1" }, makes: { o2: "b" } });
  rig.attempt("idle", { files: { unused: "1" } });
  const told = (name: string, changed: string): string | undefined => {
    const now = (source: string) =>
      source === `path:${changed}` || source === changed
        ? rig.identity("edited")
        : rig.store.history.latest(source)?.identity;
    const document = downstream(rig.store, [rig.version(name)], now);
    return renderLineageTree(document, { color: false }).split("\n").at(-1);
  };
  expect(told("other", "other")).toBe("1 result built from this version is out of date");
  expect(told("other", "none")).toBe("1 result built from this version, up to date");
  expect(told("single", "single")).toBe("2 results built from this version are out of date");
  expect(told("single", "other")).toBe("1 of 2 results built from this version is out of date");
  expect(told("unused", "unused")).toBe("no current result is built from this version");
});
