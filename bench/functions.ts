import { fork, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./timing/statistics.ts";

/**
 * What a function task costs beside its function: the attempts of functions that write one small file, in warm processes, beside
 * a bare `fork` with one message each way, in the same rounds.
 */
const INC = fileURLToPath(new URL("../bin/inc.js", import.meta.url));
const ROUNDS = 5;
const UNITS = 50;
const FORKS = 10;

const MANIFEST = `import { writeFileSync } from "node:fs";
import { each, task } from "inc-run";
const keys = Array.from({ length: ${UNITS} }, (_, i) => i);
export const units = each(keys, (key) =>
  task({ outputs: { out: \`build/\${key}\` }, run({ outputs }) { writeFileSync(outputs.out, String(key)); } }),
);
`;

const root = mkdtempSync(join(tmpdir(), "inc-bench-functions-"));
try {
  writeFileSync(join(root, "package.json"), `{ "type": "module" }`);
  writeFileSync(join(root, "pipeline.ts"), MANIFEST);
  writeFileSync(join(root, "child.mjs"), `process.on("message", (said) => process.send(said, () => process.exit()));`);
  const forks: number[] = [];
  const cold: number[] = [];
  const warm: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let i = 0; i < FORKS; i += 1) forks.push(await forkOnce());
    const [first = 0, ...more] = attempts();
    cold.push(first);
    warm.push(...more);
  }
  const show = (what: string, times: readonly number[]): void => console.log(`${what}  ${median(times).toFixed(1)} ms`);
  show("bare fork, a message each way", forks);
  show("function, first of a run     ", cold);
  show("function, in a warm process  ", warm);
  for (const [what, times, goal] of [
    ["first", cold, 2],
    ["warm", warm, 3],
  ] as const) {
    const ratio = median(times) / median(forks);
    console.log(
      `${what}: ${ratio.toFixed(2)} × a bare fork; goal: at most ${goal}: ${ratio <= goal ? "met" : "MISSED"}`,
    );
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** Milliseconds from the start of a process to its end, with an answer in between. */
function forkOnce(): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = fork(join(root, "child.mjs"));
    child.on("error", reject);
    child.on("exit", () => resolve(performance.now() - began));
    child.send("question");
  });
}

/** Durations of the attempts of one run, one after the other, in milliseconds. */
function attempts(): readonly number[] {
  const ran = spawnSync(process.execPath, [INC, "run", "--force", "--json", "-j1"], { cwd: root, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(ran.stdout + ran.stderr);
  const events = ran.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; duration: number });
  return events.filter(({ kind }) => kind === "attempt-ended").map(({ duration }) => duration);
}
