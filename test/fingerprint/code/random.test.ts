import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Slicer } from "../../../src/fingerprint/code/slice.ts";
import { realFiles } from "../../../src/host/files/files.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import { change, changed, filesOf, type Program, program } from "./programs.ts";

const seed = Number(process.env["INC_SLICES_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const steps = Number(process.env["INC_SLICES_STEPS"] ?? 60);

/** Runs each program in its directory, with modules of its own, in one process. */
const RUNNER = `
const results = [];
for (const directory of process.argv.slice(1)) {
  delete globalThis.shared;
  let run;
  try {
    ({ run } = await import("file://" + directory + "/main.js"));
  } catch {
    results.push("not loaded");
    continue;
  }
  try {
    results.push(JSON.stringify(run()));
  } catch (error) {
    results.push("threw " + error.message);
  }
}
console.log(JSON.stringify(results));
`;

function digestIn(root: string): string {
  const manifest = join(root, "main.js");
  const lines = realFiles.read(manifest)?.toString().split("\n") ?? [];
  const line = lines.findIndex((text) => text.includes("function run("));
  const column = (lines[line] as string).indexOf("run(") + 3;
  const slice = new Slicer({ root, manifest, files: realFiles, hasher }).slice({ module: manifest, line, column });
  if (slice === undefined) throw new Error(`no function in ${root}`);
  return slice.digest;
}

test(`random edits of random programs (INC_SLICES_SEED=${seed})`, { timeout: 600_000 }, () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "inc-programs-")));
  const write = (name: string, of: Program): string => {
    const directory = join(root, name);
    mkdirSync(directory);
    for (const [path, text] of Object.entries(filesOf(of))) writeFileSync(join(directory, path), text);
    return directory;
  };
  try {
    const samples = fc.sample(fc.tuple(program, change), { numRuns: steps, seed });
    const pairs = samples.map(
      ([before, edit], i) => [write(`${i}a`, before), write(`${i}b`, changed(before, edit))] as const,
    );
    const results = JSON.parse(
      execFileSync(process.execPath, ["--input-type=module", "-e", RUNNER, ...pairs.flat()], {
        encoding: "utf8",
        maxBuffer: 2 ** 28,
      }),
    ) as readonly string[];
    let same = 0;
    let different = 0;
    for (const [i, [before, after]] of pairs.entries()) {
      const [first, second] = [results[2 * i] as string, results[2 * i + 1] as string];
      const isSame = digestIn(before) === digestIn(after);
      if (isSame) same += 1;
      if (first !== second) different += 1;
      const [sample, edit] = samples[i] as (typeof samples)[number];
      const shown = (): string =>
        JSON.stringify([edit, filesOf(sample), filesOf(changed(sample, edit))], null, 1).replaceAll("\\n", "\n");
      // A manifest that cannot be loaded runs no task.
      if (isSame && first !== "not loaded" && second !== "not loaded")
        expect(second, `sample ${i}: ${isSame ? shown() : ""}`).toBe(first);
    }
    // Some edits give another result, and some are of code that is not reached.
    expect(different).toBeGreaterThan(0);
    expect(same).toBeGreaterThan(0);
  } finally {
    rmSync(root, { recursive: true });
  }
});
