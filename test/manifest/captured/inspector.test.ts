import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const INSPECTOR = new URL("../../../src/manifest/captured/inspector.ts", import.meta.url).href;

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "inc-inspector-")));
});

afterEach(() => rmSync(root, { recursive: true }));

/** What a program prints as JSON, in a process of its own: all sessions of one process share what V8 collects. */
function printed(program: string): unknown {
  const path = join(root, "program.mjs");
  writeFileSync(path, `import { ValueInspector } from ${JSON.stringify(INSPECTOR)};\n${program}`);
  return JSON.parse(execFileSync(process.execPath, [path], { encoding: "utf8" }));
}

test("functions are found in modules that were loaded before the first question and after it, and in Node's own", () => {
  for (const name of ["early", "late"]) writeFileSync(join(root, `${name}.mjs`), `export const f = () => "${name}";\n`);
  const url = (name: string): string => JSON.stringify(pathToFileURL(join(root, `${name}.mjs`)).href);
  const places = printed(`
    import { readFileSync } from "node:fs";
    const early = await import(${url("early")});
    const inspector = new ValueInspector();
    const found = [inspector.function(early.f).place, inspector.function(readFileSync).place];
    const late = await import(${url("late")});
    found.push(inspector.function(late.f).place);
    inspector.close();
    console.log(JSON.stringify(found.map((place) => place.module)));`);
  expect(places).toEqual([join(root, "early.mjs"), "node:fs", join(root, "late.mjs")]);
});

test("the coverage that another session collects stays as it is", () => {
  const covered = printed(`
    import { Session } from "node:inspector";
    const session = new Session();
    session.connect();
    session.post("Profiler.enable");
    session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    function counted(is) { return is ? 1 : 2; }
    counted(true);
    const inspector = new ValueInspector();
    inspector.function(counted);
    inspector.close();
    counted(true);
    session.post("Profiler.takePreciseCoverage", (_, { result }) => {
      const own = result.flatMap(({ functions }) => functions).find(({ functionName }) => functionName === "counted");
      console.log(JSON.stringify([own.isBlockCoverage, own.ranges.map(({ count }) => count)]));
    });`);
  expect(covered).toEqual([true, [2, 0]]);
});
