import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { refusal } from "../support/said.ts";
import { loseSmallBlobs, withRigStore } from "../support/store.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(`
export const a = task(sh\`cp \${file("in.txt")} \${out("build/a.txt")}\`);
export const d = task(sh\`mkdir \${out("build/d/")}; cp \${a} build/d/x\`);
export const units = each(["it's"], (name) => task(sh\`cp \${file("in.txt")} \${out(\`build/units/\${name}\`)}\`));
const region = param("region", "eu");
export const regional = task(sh\`: \${region}\`, { env: { API_TOKEN: env("API_TOKEN", { default: "x" }) } });
`);
});

afterEach(() => rig.close());

async function runWith(...texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    rig.write("in.txt", text);
    await rig.run("run");
  }
}

/** The exact stderr of bad input, with exit code 2, without the parts that differ between runs. */
const message = (...args: string[]): Promise<string> => refusal(rig, ...args);

test("a workspace without a store", async () => {
  expect(await message("log", "build/a.txt")).toMatchInlineSnapshot(`
    "error INC1031: the workspace "/w" has no store yet, so it has no history
      help: run the pipeline first: inc run"
  `);
  expect(await message("checkout", "build/a.txt@1")).toMatchInlineSnapshot(`
    "error INC1031: the workspace "/w" has no store yet, so it has no history
      help: run the pipeline first: inc run"
  `);
  rig.remove("pipeline.ts");
  expect(await message("get", "build/a.txt")).toMatchInlineSnapshot(`
    "error INC1002: no pipeline.ts in "/w" or above it
      help: create one: inc init"
  `);
});

test("commands without a name", async () => {
  await runWith("one");
  expect(await message("log")).toMatchInlineSnapshot(`
    "error INC1003: log takes the names of objects
      help: inc log build/report.json, or inc log 'build/*'"
  `);
  expect(await message("get")).toMatchInlineSnapshot(`
    "error INC1003: get takes one version of an object
      help: inc get build/report.json@2, or inc get build/report.json for the latest"
  `);
  expect(await message("checkout")).toMatchInlineSnapshot(`
    "error INC1003: checkout takes a run or versions of objects
      help: inc checkout build/report.json@2, or inc checkout RUN; inc log NAME shows both"
  `);
  expect(await message("log", "build/a.txt", "-n", "0")).toMatchInlineSnapshot(`
    "error INC1003: "--limit 0" cannot be used
      help: use a whole number of versions: -n 10"
  `);
});

test("an unknown object, version or run", async () => {
  await runWith("one");
  expect(await message("log", "build/b.txt")).toMatchInlineSnapshot(`
    "error INC1020: there is no object "build/b.txt"
      note: an object is known once a task used or made it, or once it was published
      help: did you mean "build/a.txt"?"
  `);
  expect(await message("get", "build/a.txt@7")).toMatchInlineSnapshot(`
    "error INC1021: "build/a.txt" has no version 7
      note: its newest version is build/a.txt@1
      help: inc log build/a.txt shows them"
  `);
  expect(await message("get", "build/*")).toMatchInlineSnapshot(`
    "error INC1024: "build/*" matches 2 objects, but one is needed
      note: build/a.txt@1 (d33fb48ab5ad)
      note: build/d@1 (933aff90bbd6)
      help: name one of them"
  `);
  expect(await message("checkout", "20200101T120000000-abcdef")).toMatchInlineSnapshot(`
    "error INC1033: there is no run "RUN"
      note: the latest is RUN, "inc run"
      note: a killed run has no state to go back to
      help: inc log NAME shows the run of each version"
  `);
  expect(await message("checkout", "build/a.txt@7")).toMatchInlineSnapshot(`
    "error INC1021: "build/a.txt" has no version 7
      note: its newest version is build/a.txt@1
      help: inc log build/a.txt shows them"
  `);
});

test("the beginning of several runs", async () => {
  await runWith("one");
  await withRigStore(rig, (store) => {
    for (const end of ["aaaaaa", "bbbbbb"]) {
      const id = `20200101T120000000-${end}`;
      store.commit({ run: { id, manifest: "pipeline.ts", started: 1, ended: 2, exit: 0, argv: ["inc", "run"] } });
    }
    store.flush();
  });
  const { stderr } = await rig.run("checkout", "20200101T12");
  expect(stderr).toMatchInlineSnapshot(`
    "error INC1033: "20200101T12" is the beginning of 2 runs
      help: type more of it: 20200101T120000000-bbbbbb, 20200101T120000000-aaaaaa
    "
  `);
});

test("versions whose bytes are not stored, and how to make them again", async () => {
  await runWith("one", "two");
  await loseSmallBlobs(rig);
  expect(await message("get", "build/a.txt@2")).toMatchInlineSnapshot(`
    "error INC1032: the bytes of build/a.txt@2 are no longer in the store
      note: task "a" made it in run RUN
      help: make it again: inc run a --force"
  `);
  expect(await message("get", "build/a.txt@1")).toMatchInlineSnapshot(`
    "error INC1032: the bytes of build/a.txt@1 are no longer in the store
      note: task "a" made it in run RUN, from other inputs than the latest version
      help: put its inputs back (inc lineage build/a.txt@1 shows them), then make it again: inc run a"
  `);
  expect(await message("get", "build/d@2", "-o", "d")).toMatchInlineSnapshot(`
    "error INC1032: the bytes of build/d@2 are no longer in the store
      note: task "d" made it in run RUN
      help: make it again: inc run d --force"
  `);
  expect(await message("get", "build/units/it's")).toMatchInlineSnapshot(`
    "error INC1032: the bytes of build/units/it's@2 are no longer in the store
      note: task "units[it's]" made it in run RUN
      help: make it again: inc run 'units[it'\\''s]' --force"
  `);
  expect(await message("get", "in.txt@1", "-o", "x")).toMatchInlineSnapshot(`
    "error INC1032: the bytes of in.txt@1 are no longer in the store
      note: it is a source, so no task can make it again"
  `);
  expect(await message("get", "env:API_TOKEN")).toMatchInlineSnapshot(`
    "error INC1032: the bytes of env:API_TOKEN@1 are no longer in the store
      note: the variable is a secret: inc stores only a salted digest of it"
  `);
  expect(await message("checkout", "build/a.txt@1", "build/d@1")).toMatchInlineSnapshot(`
    "error INC1032: the bytes of build/a.txt@1 are no longer in the store
      note: task "a" made it in run RUN, from other inputs than the latest version
      help: put its inputs back (inc lineage build/a.txt@1 shows them), then make it again: inc run a
    error INC1032: the bytes of build/d@1 are no longer in the store
      note: task "d" made it in run RUN, from other inputs than the latest version
      help: put its inputs back (inc lineage build/d@1 shows them), then make it again: inc run d"
  `);
});

test("places for a version that are occupied or impossible", async () => {
  await runWith("one", "two");
  rig.write("there", "x");
  rig.write("full/x", "x");
  expect(await message("get", "build/a.txt", "-o", "there")).toMatchInlineSnapshot(`
    "error INC1034: "there" is there already: it is not overwritten
      help: choose another path, or overwrite it with --force"
  `);
  expect(await message("get", "build/d", "-o", "full")).toMatchInlineSnapshot(`
    "error INC1034: "full" is a directory that is not empty: it is not overwritten
      help: choose another path, or overwrite it with --force"
  `);
  expect(await message("get", "build/d", "-o", "there", "--force")).toMatchInlineSnapshot(`
    "error INC1034: "there" is no directory: it is not overwritten
      help: choose another path"
  `);
  expect(await message("get", "build/d")).toMatchInlineSnapshot(`
    "error INC1040: build/d@2 is a directory, which cannot be written to stdout
      help: write it to a directory: inc get build/d@2 -o DIRECTORY"
  `);
  expect(await message("get", "build/a.txt", "-o", "there/below")).toMatchInlineSnapshot(`
    "error INC1035: "there/below" cannot be written (EEXIST)
      help: choose a path that you may write to"
  `);
  rig.write("full/a.txt/x", "x");
  expect(await message("get", "build/a.txt", "-o", "full/")).toMatchInlineSnapshot(`
    "error INC1034: "full/a.txt" is a directory: it is not overwritten
      help: choose another path"
  `);
});

test("objects without a place in the workspace", async () => {
  await runWith("one", "two");
  expect(await message("checkout", "param:region@1")).toMatchInlineSnapshot(`
    "error INC1036: param:region@1 cannot be put in the workspace: it is not a file
      help: look at it: inc get param:region@1"
  `);
  rig.remove("build");
  rig.write("build", "x");
  expect(await message("checkout", "build/a.txt@1")).toMatchInlineSnapshot(`
    "error INC1037: "build" holds bytes that are in no version of the store: nothing was put back
      help: to preserve them as versions first: inc checkout build/a.txt@1 --force"
  `);
});

test("unsaved edits in the way of a checkout", async () => {
  await runWith("one", "two");
  rig.write("build/a.txt", "mine");
  expect(await message("checkout", "build/a.txt@1")).toMatchInlineSnapshot(`
    "error INC1037: "build/a.txt" holds bytes that are in no version of the store: nothing was put back
      help: to preserve them as versions first: inc checkout build/a.txt@1 --force"
  `);
  rig.write("build/d/new", "mine");
  expect(await message("checkout", "build/*@1", "--dry")).toMatchInlineSnapshot(`
    "error INC1037: "build/a.txt" and "build/d" hold bytes that are in no version of the store: nothing was put back
      help: to preserve them as versions first: inc checkout 'build/*@1' --dry --force"
  `);
  expect(await message("checkout", "build/a.txt@1", "build/a.txt@2")).toMatchInlineSnapshot(`
    "error INC1003: build/a.txt@1 and build/a.txt@2 belong in the same place
      help: name one of them"
  `);
});

test("comparisons that are impossible", async () => {
  await runWith("one", "two");
  expect(await message("diff")).toMatchInlineSnapshot(`
    "error INC1003: diff takes one or two versions, or one with --workspace
      help: inc diff build/report.json@1 build/report.json@2"
  `);
  expect(await message("diff", "build/a.txt@1", "build/a.txt@2", "--workspace")).toMatchInlineSnapshot(`
    "error INC1003: diff takes one or two versions, or one with --workspace
      help: inc diff build/report.json@1 build/report.json@2"
  `);
  expect(await message("diff", "build/a.txt@1")).toMatchInlineSnapshot(`
    "error INC1041: build/a.txt@1 is the first version: there is none before it to compare it with
      help: compare it with another version, or with the workspace: --workspace"
  `);
  expect(await message("diff", "param:region", "--workspace")).toMatchInlineSnapshot(`
    "error INC1041: "param:region" cannot be compared with the workspace: it is no file
      help: compare two versions: inc diff NAME@1 NAME@2"
  `);
  rig.remove("build");
  expect(await message("diff", "build/a.txt", "--workspace")).toMatchInlineSnapshot(`
    "error INC1041: "build/a.txt" cannot be compared with the workspace: it is not there
      help: compare two versions: inc diff NAME@1 NAME@2"
  `);
});
