import { afterEach, beforeEach, expect, test } from "vitest";
import { hasher } from "../../src/host/files/hash.ts";
import { difference } from "../../src/lineage/difference.ts";
import type { LineageDocument } from "../../src/lineage/document.ts";
import { downstream } from "../../src/lineage/downstream.ts";
import { upstream } from "../../src/lineage/upstream.ts";
import { renderDifference } from "../../src/report/lineage/difference.ts";
import { StoreRig } from "./pipeline.ts";

let rig: StoreRig;

beforeEach(() => {
  rig = new StoreRig();
});

afterEach(() => rig.close());

/** Edges by the names that people read: `a@1 -used-> task`. */
function edges({ nodes, edges: all }: LineageDocument): string[] {
  const name = (id: string): string => {
    const node = nodes.find((each) => each.id === id);
    return node?.kind === "record" ? `${node.task}#${Number(id.slice(-6))}` : id;
  };
  return all.map((edge) => {
    const set = edge.kind === "used" && edge.set !== undefined ? `:${edge.set}` : "";
    const again = edge.kind === "made" && edge.again ? ":again" : "";
    return `${name(edge.from)} -${edge.kind}${set}${again}-> ${name(edge.to)}`;
  });
}

const up = (name: string, n?: number, extent = {}): LineageDocument =>
  upstream(rig.store, [rig.version(name, n)], extent);

/** Sources as they are on the disk: as given, else as they were recorded last. */
const down = (name: string, n?: number, disk: Record<string, string> = {}, extent = {}): LineageDocument =>
  downstream(
    rig.store,
    [rig.version(name, n)],
    (source) => {
      const text = disk[source];
      return text === undefined ? rig.store.history.latest(source)?.identity : rig.identity(text);
    },
    extent,
  );

const stale = ({ nodes }: LineageDocument): Record<string, readonly string[]> =>
  Object.fromEntries(
    nodes.flatMap((node) => (node.kind === "version" && (node.stale ?? []).length > 0 ? [[node.id, node.stale]] : [])),
  ) as Record<string, readonly string[]>;

function why(name: string, before: number, after: number): string {
  const found = difference(rig.store, rig.version(name, before), rig.version(name, after));
  return renderDifference(found, { color: false }).replace(/\b[0-9a-f]{12}\b/g, "…");
}

/** Two units over a set, joined; a header that two of them share. */
function build(eu: string, us: string, region = "eu"): void {
  rig.attempt("clean[eu]", { files: { "data/eu.csv": eu, "head.txt": "h" }, makes: { "build/eu.csv": `clean ${eu}` } });
  rig.attempt("clean[us]", { files: { "data/us.csv": us, "head.txt": "h" }, makes: { "build/us.csv": `clean ${us}` } });
  rig.attempt("report", {
    command: `join --region=${region}`,
    sets: { clean: { "build/eu.csv": `clean ${eu}`, "build/us.csv": `clean ${us}` } },
    params: { region },
    makes: { report: `${eu} ${us} ${region}` },
  });
}

test("upstream goes from a version to its sources, through sets", () => {
  build("1", "2");
  expect(edges(up("report"))).toEqual([
    "report#3 -made-> report@1",
    "param:region@1 -used-> report#3",
    "build/eu.csv@1 -used:clean-> report#3",
    "build/us.csv@1 -used:clean-> report#3",
    "clean[eu]#1 -made-> build/eu.csv@1",
    "data/eu.csv@1 -used-> clean[eu]#1",
    "head.txt@1 -used-> clean[eu]#1",
    "clean[us]#2 -made-> build/us.csv@1",
    "data/us.csv@1 -used-> clean[us]#2",
    "head.txt@1 -used-> clean[us]#2",
  ]);
  const { nodes } = up("report");
  expect(nodes.find(({ id }) => id === "param:region@1")).toMatchObject({ type: "param", value: '"eu"', latest: true });
  expect(nodes.find((node) => node.kind === "record" && node.task === "report")).toMatchObject({
    command: ["join --region=eu"],
    params: { region: "eu" },
    run: "run1",
    host: "testhost",
    executor: "local",
    outcome: "ok",
  });
});

test("an old version has the inputs that it was made of, not those of later", () => {
  build("1", "2");
  build("9", "2", "us");
  expect(edges(up("report", 1))).toContain("data/eu.csv@1 -used-> clean[eu]#1");
  expect(edges(up("report", 1))).toContain("param:region@1 -used-> report#3");
  expect(edges(up("report", 2))).toContain("data/eu.csv@2 -used-> clean[eu]#4");
  expect(edges(up("report", 2))).toContain("param:region@2 -used-> report#6");
});

test("the latest version names its latest maker, an older one the maker that its users saw", () => {
  rig.attempt("a", { files: { x: "1" }, makes: { mid: "same" } });
  rig.attempt("b", { files: { mid: "same" }, makes: { out: "o" } });
  rig.attempt("a", { files: { x: "2" }, makes: { mid: "same" } });
  expect(edges(up("mid"))).toEqual(["a#3 -made:again-> mid@1", "x@2 -used-> a#3"]);
  const end = ["b#2 -made-> out@1", "mid@1 -used-> b#2"];
  expect(edges(up("out"))).toEqual([...end, "a#3 -made:again-> mid@1", "x@2 -used-> a#3"]);
  rig.attempt("b", { command: "other", files: { mid: "same" }, makes: { out: "p" } });
  expect(edges(up("out", 1))).toEqual([...end, "a#1 -made-> mid@1", "x@1 -used-> a#1"]);
});

test("A, B, A: a restored version has the third version of what its attempt used", () => {
  rig.attempt("t", { files: { x: "A" }, makes: { out: "a" } });
  rig.nextRun();
  rig.attempt("t", { files: { x: "B" }, makes: { out: "b" } });
  rig.nextRun();
  rig.restore("run1.000001", "out", "a");
  const document = up("out", 3);
  expect(edges(document)).toEqual(["t#3 -made-> out@3", "x@3 -used-> t#3"]);
  expect(document.nodes[0]).toMatchObject({ cached: true, run: "run3", latest: true });
  expect(document.nodes[1]).toMatchObject({ confirms: "run1.000001", run: "run1" });
  expect(edges(down("x", 1))).toEqual(["x@1 -used-> t#1", "t#1 -made-> out@1"]);
  expect(edges(down("x"))).toEqual(["x@3 -used-> t#3", "t#3 -made-> out@3"]);
});

test("the depth counts attempts, and what is cut off is marked", () => {
  build("1", "2");
  const document = up("report", 1, { depth: 1 });
  expect(edges(document)).toHaveLength(4);
  const cut = document.nodes.filter(({ truncated }) => truncated).map(({ id }) => id);
  expect(cut).toEqual(["build/eu.csv@1", "build/us.csv@1"]);
  expect(up("report", 1, { depth: 0 }).nodes).toMatchObject([{ id: "report@1", truncated: true }]);
});

test("at most so many nodes, the nearest first", () => {
  const members = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`in/${i}`, String(i)]));
  rig.attempt("join", { sets: { "in/*": members }, makes: { out: "o" } });
  const document = up("out", 1, { limit: 10 });
  expect(document.nodes).toHaveLength(10);
  expect(document.nodes[1]).toMatchObject({ kind: "record", truncated: true });
  expect(up("out").nodes).toHaveLength(52);
});

test("published objects by their pinned version, merges with both parents, found inputs, passed tasks", () => {
  rig.put("rates", "1");
  rig.put("rates", "2", { parents: [1] });
  rig.put("rates", "2b", { cause: "proposed", parents: [1] });
  rig.put("rates", "merged", { cause: "merged", parents: [2, 3] });
  rig.put("rates", "later");
  const lint = rig.attempt("lint", { files: { src: "s" } });
  rig.attempt("use", { objects: { rates: 4 }, found: { "x.h": "h" }, passed: [lint], makes: { out: "o" } });
  expect(edges(up("out"))).toEqual([
    "use#2 -made-> out@1",
    "x.h@1 -used-> use#2",
    "object:rates@4 -used-> use#2",
    "lint#1 -passed-> use#2",
    "src@1 -used-> lint#1",
    "object:rates@2 -merged-> object:rates@4",
    "object:rates@3 -merged-> object:rates@4",
  ]);
  expect(edges(down("object:rates", 5))).toEqual([]);
  expect(edges(down("object:rates", 4))).toEqual(["object:rates@4 -used-> use#2", "use#2 -made-> out@1"]);
  expect(edges(down("x.h"))).toEqual(["x.h@1 -used-> use#2", "use#2 -made-> out@1"]);
});

test("a version whose bytes are gone, and a side version", () => {
  rig.attempt("t", { files: { x: "A" }, makes: { out: "a" } });
  const identity = { type: "file", digest: hasher.digest("never stored"), executable: false } as const;
  rig.store.commit({ versions: [{ name: "out", identity, size: 3, cause: "edited", time: 5 }] });
  rig.store.flush();
  expect(up("out", 2).nodes).toMatchObject([{ id: "out@2", cause: "edited", evicted: true, latest: false }]);
  expect(up("out").nodes[0]).not.toHaveProperty("evicted");
});

test("downstream goes to all that was made of a version, by name and by set", () => {
  build("1", "2");
  build("9", "2");
  expect(edges(down("data/eu.csv", 1))).toEqual([
    "data/eu.csv@1 -used-> clean[eu]#1",
    "clean[eu]#1 -made-> build/eu.csv@1",
    "build/eu.csv@1 -used:clean-> report#3",
    "report#3 -made-> report@1",
  ]);
  expect(edges(down("data/us.csv"))).toEqual([
    "data/us.csv@1 -used-> clean[us]#2",
    "clean[us]#2 -made-> build/us.csv@1",
    "data/us.csv@1 -used-> clean[us]#5",
    "clean[us]#5 -made:again-> build/us.csv@1",
    "build/us.csv@1 -used:clean-> report#3",
    "report#3 -made-> report@1",
    "build/us.csv@1 -used:clean-> report#6",
    "report#6 -made-> report@2",
  ]);
  expect(edges(down("param:region", 1))).toHaveLength(4);
});

test("a version is stale when an input differs now, and so is all that was made of it", () => {
  build("1", "2");
  expect(stale(down("data/us.csv"))).toEqual({});
  expect(stale(down("data/us.csv", 1, { "data/us.csv": "3" }))).toEqual({
    "build/us.csv@1": ["data/us.csv"],
    "report@1": ["data/us.csv"],
  });
  expect(stale(down("data/us.csv", 1, { "data/eu.csv": "3" }))).toEqual({ "report@1": ["data/eu.csv"] });
  rig.attempt("clean[us]", { files: { "data/us.csv": "2", "head.txt": "h" }, makes: { "build/us.csv": "otherwise" } });
  expect(stale(down("data/us.csv"))).toEqual({ "report@1": ["build/us.csv"] });
  build("1", "2");
  expect(stale(down("data/us.csv"))).toEqual({});
});

test("why two versions differ: only the leaves, each once", () => {
  build("1", "2");
  build("9", "2", "us");
  expect(why("report", 1, 2)).toMatchInlineSnapshot(`
    "report@1 and report@2 differ, because of:
      parameter region  eu → us  @1 → @2  (task report)
      file data/eu.csv  … → …  @1 → @2  (task clean[eu])"
  `);
  expect(why("report", 1, 1)).toMatchInlineSnapshot(`"report@1 is the same version"`);
});

test("why: a command, a source that several tasks read, members that came and went", () => {
  rig.attempt("a", { files: { s: "1" }, makes: { a: "a1" } });
  rig.attempt("b", { files: { s: "1" }, makes: { b: "b1" } });
  rig.attempt("c", { files: { a: "a1", b: "b1" }, sets: { "in/*": { "in/1": "1", "in/2": "2" } }, makes: { c: "c1" } });
  rig.attempt("a", { files: { s: "2" }, makes: { a: "a2" } });
  rig.attempt("b", { files: { s: "2" }, command: "make b --fast", makes: { b: "b2" } });
  rig.attempt("c", { files: { a: "a2", b: "b2" }, sets: { "in/*": { "in/2": "2", "in/3": "3" } }, makes: { c: "c2" } });
  expect(why("c", 1, 2)).toMatchInlineSnapshot(`
    "c@1 and c@2 differ, because of:
      file in/1 (in in/*)  gone: was …  (task c)
      file in/3 (in in/*)  new: …  (task c)
      file s  … → …  @1 → @2  (tasks a, b)
      command  (task b)
        - make b
        + make b --fast"
  `);
  expect(why("c", 2, 1)).toContain("file in/3 (in in/*)  gone");
});

test("why: tasks without outputs, nondeterminism, versions that no attempt made", () => {
  const before = rig.attempt("lint", { files: { src: "1" } });
  rig.attempt("t", { passed: [before], makes: { out: "o1" } });
  const after = rig.attempt("lint", { files: { src: "2" } });
  rig.attempt("t", { passed: [after], makes: { out: "o2" } });
  expect(why("out", 1, 2)).toMatchInlineSnapshot(`
    "out@1 and out@2 differ, because of:
      file src  … → …  @1 → @2  (task lint)"
  `);
  rig.attempt("t", { passed: [after], makes: { out: "o3" } });
  expect(why("out", 2, 3)).toMatchInlineSnapshot(`
    "out@2 and out@3 differ, because of:
      out  made twice from the same inputs, with different results  (task t)"
  `);
  expect(why("src", 1, 2)).toMatchInlineSnapshot(`
    "src@1 and src@2 differ, because of:
      src  came from outside: no task made src@1 and src@2"
  `);
});

test("why: a command that differs only by a parameter's value is no reason of its own", () => {
  const attempt = (region: string, flag = ""): void => {
    rig.attempt("t", {
      command: `run build/eu.csv 'in ${region}' --to=${region}${flag}`,
      params: { region },
      makes: { out: `${region}${flag}` },
    });
  };
  attempt("eu");
  attempt("us");
  attempt("jp", " -v");
  expect(why("out", 1, 2)).not.toContain("command");
  expect(why("out", 2, 3)).toContain("command");
});
