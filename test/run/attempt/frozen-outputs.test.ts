import { symlinkSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const DOWNLOAD =
  "export const download = task(sh`mkdir -p data/sub; echo precious > data/raw.csv; echo more > data/sub/y.csv; " +
  'printf "#!/bin/sh\\necho precious\\n" > data/tool.sh; chmod +x data/tool.sh`, { outputs: { data: "data/" } });';
const OTHER = 'export const other = task(sh`echo > ${out("other.txt")}`);';

describe("inc keeps the output of a removed task when the manifest now reads it", () => {
  test.each([
    ["behind a link", 'task(sh`cat ${file("link.csv")} > ${out("r")}`)'],
    ["behind a chain of links", 'task(sh`cat ${file("chain.csv")} > ${out("r")}`)'],
    ["behind a linked directory", 'task(sh`cat ${file("link/raw.csv")} > ${out("r")}`)'],
    ["behind an optional link", 'task(sh`cat ${file("link.csv", { optional: true })} > ${out("r")}`)'],
    ["by a set through a link", 'task(sh`cat ${files("link/*.csv")} > ${out("r")}`)'],
    ["by a set that follows", 'task(sh`cat ${files("l*/raw.csv", { follow: true })} > ${out("r")}`)'],
    ["by an each through a link", 'each(files("link/*.csv"), (f) => task(sh`cat ${f} > ${out("r")}`))'],
    ["by links in a directory", 'task(sh`cat dir/raw.csv > ${out("r")}`, { inputs: [file("dir")] })'],
    ["by links in a set", 'task(sh`cat dir/raw.csv > ${out("r")}`, { inputs: [files("dir/*")] })'],
    ["by a listing", 'list("data/*.csv").map((p) => task(sh`cat ${file(p)} > ${out("r")}`))'],
    ["by a listing through a link", 'list("link/*.csv").map((p) => task(sh`cat ${file(p)} > ${out("r")}`))'],
    ["as text behind a link", 'task(sh`echo ${read.text("link.csv").trim()} > ${out("r")}`)'],
    ["as a tool", 'task(sh`${tool("./data/tool.sh")} > ${out("r")}`)'],
    ["as a working directory", 'task(sh`cat raw.csv > ${out("r")}`, { cwd: "data" })'],
  ])("%s", async (_how, reader) => {
    rig.manifest(`${DOWNLOAD}\n${OTHER}`);
    expect((await rig.run("run")).code).toBe(0);
    symlinkSync("data", rig.path("link"));
    symlinkSync("data/raw.csv", rig.path("link.csv"));
    symlinkSync("link.csv", rig.path("chain.csv"));
    rig.write("dir/own", "own\n");
    symlinkSync("../data/raw.csv", rig.path("dir/raw.csv"));
    const manifest = `export const reader = ${reader};\n${OTHER}`;
    rig.manifest(manifest);
    const { code, stdout } = await rig.run("run");
    expect([code, rig.exists("r") && rig.read("r")], stdout).toEqual([0, "precious\n"]);
    expect(stdout).toContain('INC4320: "data", which task "download" made, is a source now');
    expect(rig.read("data/sub/y.csv")).toBe("more\n");
    expect((await rig.run("run")).stdout).toContain("ran 0, restored 0, fresh 2");
  });
});

test("inc keeps the outputs of a removed task when only list() reads them", async () => {
  rig.manifest(DOWNLOAD);
  await rig.run("run");
  rig.manifest('export const reader = list("data/*.csv").map((p) => task(sh`cat ${file(p)} > ${out("r")}`));');
  const { code, stdout } = await rig.run("run");
  expect(code, stdout).toBe(0);
  expect([rig.read("r"), rig.read("data/raw.csv")]).toEqual(["precious\n", "precious\n"]);
});

test("inc removes the output of a task whose list() element is gone, although the listing would match it", async () => {
  rig.manifest(
    'export const packed = list("**/*.txt").filter((p) => !p.startsWith("o/")).map((p, i) =>\n' +
      "  task(sh`cp ${file(p)} ${out(`o/${p}`)}`));",
  );
  rig.write("a.txt", "a\n");
  rig.write("b.txt", "b\n");
  await rig.run("run");
  rig.remove("b.txt");
  const { code, stdout } = await rig.run("run");
  expect([code, stdout]).toEqual([0, expect.stringContaining("removed  o/b.txt")]);
  expect([rig.exists("o/a.txt"), rig.exists("o/b.txt")]).toEqual([true, false]);
});

test("inc removes the output of a unit whose element is gone, although a link in an input directory leads to it", async () => {
  rig.manifest(
    'export const made = each(files("in/*"), (f) => task(sh`cp ${f} ${out(`made/${f.name}`)}`));\n' +
      'export const seen = task(sh`ls links > ${out("seen")}`, { inputs: [file("links"), made] });',
  );
  rig.write("in/a", "a\n");
  rig.write("in/b", "b\n");
  rig.write("links/own", "own\n");
  symlinkSync("../made/b", rig.path("links/b"));
  await rig.run("run");
  rig.remove("in/b");
  expect((await rig.run("run")).stdout).toContain("removed  made/b");
});
