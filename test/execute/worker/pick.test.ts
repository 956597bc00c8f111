import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const PICKED = `
export const totals = task(sh\`cat \${file("t.json")}\`, { value: "json" });
export const badge = task(sh\`cat \${totals.pick((v) => v.rows)} > \${out("badge")}\`);
export const names = task({
  inputs: { names: totals.pick((v): string[] => v.names), first: totals.pick((v) => v.names).pick((names) => names[0]) },
  value: "json",
  run: ({ inputs }) => [inputs.first, ...inputs.names].join(" "),
});
`;

test("what reads a part of a value stays fresh while the part is the same", async () => {
  rig.manifest(PICKED);
  rig.write("t.json", '{ "rows": 1, "names": ["a", "b"] }');
  expect(await rig.results()).toEqual(
    [
      "badge: ran",
      "names: ran",
      "totals.pick((v) => v.names): ran",
      "totals.pick((v) => v.names)#2.pick((names) => names[0]): ran",
      "totals.pick((v) => v.rows): ran",
      "totals.pick((v) => v.names)#2: ran",
      "totals: ran",
    ].sort(),
  );
  expect(rig.read("badge")).toBe("1");
  expect((await rig.run("get", "names")).stdout).toBe('"a a b"');
  rig.write("t.json", '{ "names": ["a", "c"], "rows": 1 }');
  const results = await rig.results();
  expect(results).toContain("names: ran");
  expect(results).not.toContain("badge: ran");
  expect((await rig.run("lineage", "badge")).stdout).toMatch(
    /value:totals\.pick\(\(v\) => v\.rows\)@1[\s\S]*value:totals@2/,
  );
  expect((await rig.run("run")).stdout).toContain("ran 0");
});

test("the code of the function counts, and that of its neighbour does not", async () => {
  rig.manifest(PICKED);
  rig.write("t.json", '{ "rows": 1, "names": ["a"] }');
  await rig.run("run");
  rig.manifest(PICKED.replace("v.rows", "v.rows * 2"));
  expect(await rig.results()).toEqual(["badge: ran", "totals.pick((v) => v.rows * 2): ran"]);
  expect(rig.read("badge")).toBe("2");
  expect(rig.exists(".inc/values/totals.pick((v) => v.rows).json")).toBe(false);
});

test("a part can be fanned out", async () => {
  rig.manifest(`
    export const totals = task(sh\`cat \${file("t.json")}\`, { value: "json" });
    export const each1 = each(totals.pick((v): string[] => v.names), (name) => task(sh\`echo \${name} > \${out(\`build/\${name}\`)}\`));
  `);
  rig.write("t.json", '{ "rows": 1, "names": ["a"] }');
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("build/a")).toBe("a\n");
  rig.write("t.json", '{ "rows": 2, "names": ["a"] }');
  expect(await rig.results()).toEqual(["totals.pick((v) => v.names): ran", "totals: ran"]);
});

test("a function that throws fails the part alone, with its line", async () => {
  rig.manifest(PICKED.replace("v.rows", "v.no.rows"));
  rig.write("t.json", '{ "rows": 1, "names": ["a"] }');
  const { code, stdout } = await rig.run("run", "--keep-going");
  expect(code).toBe(1);
  expect(stdout).toContain('INC4330: the function of task "totals.pick((v) => v.no.rows)" threw TypeError');
  expect(stdout).toContain("pipeline.ts:4:");
  expect(stdout).toMatch(/skipped\s+badge/);
  expect(stdout).toMatch(/ran\s+names/);
});

test("picks in a callback of each() have the name of what reads them, and are no units", async () => {
  rig.manifest(`
    export const totals = task(sh\`cat \${file("t.json")}\`, { value: "json" });
    export const parts = each(["x", "y"], (name) => {
      const size = task(sh\`wc -c < \${file(name)}\`, { value: "json" });
      const twice = task(sh\`cat \${size.pick((n: any) => n * 2)} \${size.pick((n: any) => n > 2)} > \${out(\`twice/\${name}\`)}\`);
      const tax = task({
        inputs: { rate: totals.pick((v: any) => v.rates).pick((rates: any): number => rates[name]), size },
        value: "json",
        run: ({ inputs }) => inputs.rate * (inputs.size as number),
      });
      const deep = each(size.pick((n: any) => Array.from({ length: n }, (_, i) => i)), (i) =>
        task(sh\`cat \${totals.pick((v: any) => v.mark)} > \${out(\`deep/\${name}-\${i}\`)}\`));
      return { size, twice, tax, deep };
    });`);
  rig.write("t.json", '{ "rates": { "x": 2, "y": 3 }, "mark": "m" }');
  rig.write("x", "1");
  rig.write("y", "12");
  const names = [
    "parts[x].deep.pick",
    "parts[x].tax.rate.pick",
    "parts[x].tax.rate.pick.pick",
    "parts[x].twice.pick",
    "parts[x].twice.pick#2",
    "parts[x/0].deep.pick",
  ];
  const ran = await rig.results();
  expect(ran).toEqual(expect.arrayContaining(names.map((name) => `${name}: ran`)));
  expect([rig.read("twice/x"), rig.read("twice/y"), rig.read("deep/y-1")]).toEqual(["2false", "4false", '"m"']);
  expect((await rig.run("get", "parts[y].tax")).stdout).toBe("6");
  expect((await rig.run("list")).stdout).toMatch(/^parts +5 units$/m);
  expect((await rig.run("run", "parts[*].tax.rate.pick")).stdout).toContain("ran 0, restored 0, fresh 5");
  // The picks of one unit alone are others, and what they give decides.
  rig.write("t.json", '{ "rates": { "x": 5, "y": 3 }, "mark": "m" }');
  const again = await rig.results();
  expect(again).toContain("parts[y].tax.rate.pick: ran");
  expect(again.filter((line) => !line.includes("pick"))).toEqual(["parts[x].tax: ran", "totals: ran"]);
});

test.each([
  ["task(sh`x`).pick((v: never) => v)", "INC2534: pick() needs a task with a value, and a function that takes it"],
  ['task(sh`x`, { value: "json" }).pick(5 as never)', "INC2534: pick() needs a task with a value"],
])("%s is refused", async (declaration, message) => {
  rig.manifest(`export const v = ${declaration};`);
  const { code, stderr } = await rig.run("run");
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
