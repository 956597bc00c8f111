import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import type { Outcome } from "../support/running.ts";

/** A manifest's paths are relative to itself, also when another manifest imports it. */
let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
  rig.remove("pipeline.ts");
  for (const name of ["a", "b"]) {
    rig.write(`${name}/in.txt`, `${name}\n`);
    rig.write(`${name}/data/${name}.csv`, `${name}\n`);
  }
});

afterEach(() => rig.close());

/** HOME is another directory than the rig's root: a home directory is no workspace for the directories below it. */
const run = (cwd: string): Promise<Outcome> => rig.start(["run"], { cwd, env: { HOME: "/" } }).ended;

const manifest = (other: string): string => `
import { config, depfile, each, file, files, list, out, sh, task } from "inc-run";
import { copy, rows } from "./helper.ts";
${other}
export default config({ jobs: 2 });
export const made = task(sh\`cat \${file("in.txt")} > \${out("out/made.txt")}\`);
export const helped = copy("in.txt", "out/helped.txt");
export const where = task(sh\`mkdir -p where; pwd | sed 's|.*/||' > where/cwd.txt\`, { outputs: { d: "where/" } });
export const found = task(sh\`cat in.txt > \${out("out/found.txt")}; echo 'x: in.txt' > \${depfile("out/found.d")}\`, { inputs: [files("in.*")] });
export const each1 = each(files("data/*.csv"), (csv) => task(sh\`cat \${csv} > \${out(\`out/\${csv.stem}-\${csv.dir}.txt\`)}\`));
export const each2 = rows(files("data/*.csv"));
export const listed = list("data/*").map((path) => task(sh\`cat \${file(path)} > \${out(\`out/listed-\${path}\`)}\`));
`;

const HELPER = `
import { each, file, out, sh, task } from "inc-run";
export const copy = (from, to) => task(sh\`cat \${file(from)} > \${out(to)}\`);
const row = (csv) => task(sh\`cat \${csv} > \${out(\`out/rows-\${csv.name}\`)}\`);
export const rows = (set) => each(set, row);
`;

const PLACES = ["out/made.txt", "out/helped.txt", "out/found.txt", "where/cwd.txt"];

test.each(["a", "b"])("two manifests that import each other's read and write their own, run from %s", async (from) => {
  for (const [name, other] of [
    ["a", "b"],
    ["b", "a"],
  ] as const) {
    rig.write(`${name}/helper.ts`, HELPER);
    rig.write(`${name}/pipeline.ts`, manifest(`export * as other from "../${other}/pipeline.ts";`));
  }
  const { code, stdout, stderr } = await run(from);
  expect([code, stderr], stdout).toEqual([0, ""]);
  for (const name of ["a", "b"]) {
    for (const path of [...PLACES, `out/${name}-data.txt`, `out/rows-${name}.csv`, `out/listed-data/${name}.csv`])
      expect([path, rig.read(`${name}/${path}`)]).toEqual([path, `${name}\n`]);
  }
  expect((await run(from)).stdout).toContain("fresh 14");
});

test("a manifest may re-export only some tasks of another one", async () => {
  rig.write("a/helper.ts", HELPER);
  rig.write("a/pipeline.ts", manifest(""));
  rig.write("b/pipeline.ts", 'export { made } from "../a/pipeline.ts";\n');
  const { code, stdout } = await run("b");
  expect([code, stdout]).toEqual([0, expect.stringContaining("ran 1, ")]);
  expect(rig.read("a/out/made.txt")).toBe("a\n");
});

test("the error about a path out of the workspace names the manifest that declares it", async () => {
  rig.write(
    "a/pipeline.ts",
    'import { file, sh, task } from "inc-run";\nexport const x = task(sh`cat ${file("../../in.txt")}`);\n',
  );
  rig.write("b/pipeline.ts", 'export * from "../a/pipeline.ts";\n');
  const { code, stderr } = await run("b");
  expect(code).toBe(2);
  expect(stderr).toContain("a/pipeline.ts:2:32");
});
