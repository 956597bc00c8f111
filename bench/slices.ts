import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RememberedSlice } from "../src/fingerprint/code/memory.ts";
import { Slicer } from "../src/fingerprint/code/slice.ts";
import { realFiles } from "../src/host/files/files.ts";
import { hasher } from "../src/host/files/hash.ts";
import { median } from "./timing/statistics.ts";

/**
 * The processor time that finding a function's code takes, with a closure of 200 modules of 60 lines: cold, after an edit of one
 * module, and when nothing has changed since it was found.
 */
const MODULES = 200;
const ROUNDS = 7;

const root = mkdtempSync(join(tmpdir(), "inc-bench-slices-"));
try {
  for (let i = 0; i < MODULES; i += 1) writeFileSync(join(root, `m${i}.ts`), moduleText(i, 1));
  writeFileSync(
    join(root, "pipeline.ts"),
    'import { task } from "inc-run";\nimport { f0 } from "./m0.ts";\nexport const t = task({ outputs: { o: "o" }, run() {\n  return f0(1);\n} });\n',
  );
  slice(new Map());
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const memory = new Map<string, RememberedSlice>();
    const cold = slice(memory);
    const same = slice(memory);
    writeFileSync(join(root, `m${MODULES / 2}.ts`), moduleText(MODULES / 2, round + 2));
    return { cold, same, edited: slice(memory) };
  });
  console.log(`node ${process.versions.node}, ${MODULES} modules of 60 lines, CPU ms`);
  for (const name of ["cold", "edited", "same"] as const)
    console.log(`${name.padEnd(6)}  ${median(rounds.map((round) => round[name])).toFixed(1)}`);
} finally {
  rmSync(root, { recursive: true });
}

function slice(memory: Map<string, RememberedSlice>): number {
  const module = join(root, "pipeline.ts");
  const before = process.cpuUsage();
  const found = new Slicer({ root, manifest: module, files: realFiles, hasher }, memory).slice({
    module,
    line: 2,
    column: 'export const t = task({ outputs: { o: "o" }, run'.length,
  });
  const { user, system } = process.cpuUsage(before);
  if (found?.modules.length !== MODULES + 1) throw new Error(`${found?.modules.length} modules`);
  return (user + system) / 1000;
}

/** A module whose functions call each other, and those of the next two modules. */
function moduleText(i: number, value: number): string {
  const next = [i + 1, i + 2].filter((n) => n < MODULES);
  const imports = next.map((n) => `import { f${n}, type T${n} } from "./m${n}.ts";\n`).join("");
  const helpers = Array.from(
    { length: 8 },
    (_, j) =>
      `/** Helps with ${j}. */\nfunction help${j}(x: number, { scale = ${j} }: { scale?: number } = {}): number {\n  const all = [x, ${value}].map((each) => each * scale + K);\n  return all.reduce((sum, each) => sum + each, 0);\n}\n`,
  ).join("\n");
  const calls = [...Array.from({ length: 8 }, (_, j) => `help${j}(x)`), ...next.map((n) => `f${n}(x)`)].join(" + ");
  return `${imports}export interface T${i} { readonly x: number }\nconst K = ${i};\n${helpers}\nexport function f${i}(x: number): number {\n  return ${calls};\n}\n`;
}
