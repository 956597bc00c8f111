import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import type { Outcome } from "../support/running.ts";

let rig: Rig;
let outside: string;

beforeEach(async () => {
  rig = await Rig.create();
  outside = mkdtempSync(join(tmpdir(), "inc-called-"));
});

afterEach(async () => {
  await rig.close();
  rmSync(outside, { recursive: true });
});

/** Runs, with the graph of the last run updated where that can be. */
function run(): Promise<Outcome> {
  return rig.start(["run"], { env: { INC_SHORTCUTS: "all" } }).ended;
}

function rows(...list: readonly (readonly [id: string, n: number])[]): void {
  rig.write("rows.json", JSON.stringify(list.map(([id, n]) => ({ id, n }))));
}

const ROWS = `export const rows = task(sh\`cat \${file("rows.json")}\`, { value: "json" });`;

test("the callback is called for what has come, and for two of the elements that stayed", async () => {
  const called = join(outside, "called");
  rig.manifest(`
    import { appendFileSync } from "node:fs";
    ${ROWS}
    export const units = each(rows, { key: ({ id }) => id }, ({ id, n }) => {
      appendFileSync(${JSON.stringify(called)}, id + " ");
      return task(sh\`echo \${n} > \${out(\`build/\${id}\`)}\`);
    });
  `);
  rows(["a", 1], ["b", 1], ["c", 1], ["d", 1], ["e", 1]);
  await run();
  writeFileSync(called, "");
  rows(["a", 1], ["b", 2], ["c", 1], ["d", 1], ["f", 1]);
  expect((await run()).stdout).toContain("ran 3,");
  expect(readFileSync(called, "utf8").trim().split(" ").sort()).toEqual(["b", "c", "d", "f"]);
  expect(rig.read("build/b")).toBe("2\n");
  expect(rig.exists("build/e")).toBe(false);
});

test("a callback that counts its calls is called for all elements", async () => {
  rig.manifest(`
    ${ROWS}
    let count = 0;
    export const units = each(rows, { key: ({ id }) => id }, ({ id }) => task(sh\`echo \${++count} > \${out(\`build/\${id}\`)}\`));
  `);
  rows(["a", 1], ["b", 1], ["c", 1], ["d", 1]);
  await run();
  rows(["b", 1], ["c", 1], ["d", 1], ["e", 1]);
  await run();
  expect(["b", "c", "d", "e"].map((id) => rig.read(`build/${id}`))).toEqual(["1\n", "2\n", "3\n", "4\n"]);
});

test("two elements of one key are an error, whatever their units are called, also when one of them comes later", async () => {
  rig.manifest(`
    ${ROWS}
    export const units = each(rows, { key: ({ id }) => id }, ({ id, n }) =>
      ({ [n > 4 ? "y" : "x"]: task(sh\`echo \${n} > \${out(\`build/\${id}-\${n > 4 ? "y" : "x"}\`)}\`) }));
  `);
  rows(["a", 1], ["b", 1], ["c", 1], ["a", 5]);
  expect((await run()).stdout).toContain('INC2506: two units have the key "a"');
  rows(["a", 1], ["b", 1], ["c", 1]);
  await run();
  rows(["a", 1], ["b", 1], ["c", 1], ["a", 5]);
  expect((await run()).stdout).toContain('INC2506: two units have the key "a"');
  expect(rig.read("build/a-x")).toBe("1\n");
  rows(["a", 5], ["b", 1], ["c", 1]);
  await run();
  expect(rig.exists("build/a-x")).toBe(false);
});

test("what another callback remembers of its elements is there", async () => {
  rig.manifest(`
    ${ROWS}
    const seen = new Map();
    export const first = each(rows, { key: ({ id }) => id }, ({ id, n }) => {
      seen.set(id, n);
      return task(sh\`echo \${id} > \${out(\`first/\${id}\`)}\`);
    });
    export const second = each(rows, { key: ({ id }) => id }, ({ id }) => task(sh\`echo \${[...seen.keys()].join()} > \${out(\`second/\${id}\`)}\`));
  `);
  rows(["a", 1], ["b", 1], ["c", 1]);
  await run();
  rows(["a", 1], ["b", 1], ["c", 1], ["d", 1]);
  await run();
  expect(rig.read("second/a")).toBe("a,b,c,d\n");
});

test("a file that a callback reads decides on its unit, whether it was called in the last run or before", async () => {
  rig.manifest(`
    ${ROWS}
    export const units = each(rows, { key: ({ id }) => id }, ({ id }) => task(sh\`echo \${read.text(\`more/\${id}\`)} > \${out(\`build/\${id}\`)}\`));
  `);
  for (const id of ["a", "b", "c", "d"]) rig.write(`more/${id}`, "1");
  rows(["a", 1], ["b", 1], ["c", 1]);
  await run();
  rows(["a", 1], ["b", 1], ["c", 1], ["d", 1]);
  expect((await run()).stdout).toContain("ran 2,");
  rig.write("more/a", "2");
  rig.write("more/d", "2");
  expect((await run()).stdout).toContain("ran 2,");
  expect([rig.read("build/a"), rig.read("build/d")]).toEqual(["2\n", "2\n"]);
});

test.each([
  [
    "two elements of one key",
    [
      ["a", 1],
      ["b", 1],
      ["c", 1],
      ["a", 2],
    ],
    "INC2506",
  ],
  [
    "an output of a unit that stayed",
    [
      ["a", 1],
      ["b", 1],
      ["c", 1],
      ["x", 9],
    ],
    "INC2004",
  ],
  [
    "a source of a unit that stayed",
    [
      ["a", 1],
      ["b", 1],
      ["c", 1],
      ["y", 8],
    ],
    "INC2517",
  ],
] as const)("%s: the mistake is reported as ever, and mended", async (_what, wrong, code) => {
  const path = "n === 9 ? 'build/a' : n === 8 ? 'src/a' : `build/${id}`";
  rig.manifest(`
    ${ROWS}
    export const units = each(rows, { key: ({ id }) => id }, ({ id, n }) => task(sh\`cat \${file(\`src/\${id}\`, { optional: true })} > \${out(${path})} || true\`));
  `);
  rig.write("src/a", "");
  rows(["a", 1], ["b", 1], ["c", 1]);
  await run();
  rows(...wrong);
  const { stdout, stderr } = await run();
  expect(stdout + stderr).toContain(code);
  rows(["a", 1], ["b", 1], ["c", 1], ["d", 1]);
  expect((await run()).stdout).toContain("ran 2,");
});
