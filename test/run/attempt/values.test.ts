import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** `stats` counts lines; `total` reads it. */
const COUNTED = `
export const stats = task(sh\`printf '{ "text": "%s", "rows": %d }\\n' "$(head -1 a.txt)" "$(wc -l < a.txt)"\`, { inputs: [file("a.txt")], value: "json" });
export const total = task(sh\`cat \${stats} > \${out("build/total")}\`);
`;

test("what a command prints is an object with versions, and cuts off early when it is the same value", async () => {
  rig.manifest(COUNTED);
  rig.write("a.txt", "x\ny\n");
  expect(await rig.results()).toEqual(["stats: ran", "total: ran"]);
  expect(rig.read("build/total")).toBe('{"rows":2,"text":"x"}');
  rig.write("a.txt", "x\nz\n");
  expect(await rig.results()).toEqual(["stats: ran"]);
  rig.write("a.txt", "x\ny\nz\n");
  expect(await rig.results()).toEqual(["stats: ran", "total: ran"]);
  expect((await rig.run("get", "stats@1")).stdout).toBe('{"rows":2,"text":"x"}');
  expect((await rig.run("get", "value:stats")).stdout).toBe('{"rows":3,"text":"x"}');
  expect((await rig.run("diff", "stats@1", "stats@2")).stdout).toContain("-/rows  2\n+/rows  3\n");
  expect((await rig.run("log", "stats", "--json")).stdout).not.toContain("@3");
  expect((await rig.run("lineage", "build/total")).stdout).toContain("value:stats@2");
  expect((await rig.run("lineage", "a.txt", "--down")).stdout).toContain("value:stats");
  expect((await rig.run("run")).stdout).toContain("ran 0, restored 0, fresh 2");
  expect((await rig.run("doctor")).stdout).toBe("the store is sound\n");
});

test("reasons name a value as a person does", async () => {
  rig.manifest(COUNTED);
  rig.write("a.txt", "x\n");
  await rig.run("run");
  rig.write("a.txt", "y\n");
  expect((await rig.run("run")).stdout).toContain("value:stats changed");
  rig.remove(".inc/values/stats.json");
  expect((await rig.run("status")).stdout).toContain("output value:stats is missing");
  expect((await rig.run("why", "total")).stdout).toContain("value:stats");
  expect(await rig.results()).toEqual(["stats: restored"]);
  expect(JSON.parse((await rig.run("list", "--json")).stdout)).toMatchObject([
    { id: "stats", outputs: ["value:stats"] },
    { id: "total" },
  ]);
});

test("a renamed task keeps its value", async () => {
  rig.manifest(COUNTED);
  rig.write("a.txt", "x\n");
  await rig.run("run");
  rig.manifest(COUNTED.replace("const stats", "const counts").replace("{stats}", "{counts}"));
  expect(await rig.results()).toContain("counts: restored");
  expect(rig.exists(".inc/values/stats.json")).toBe(false);
  expect((await rig.run("lineage", "counts")).stdout).toContain("a.txt@1");
});

test("lines, and an option `inputs`, and units", async () => {
  rig.manifest(`
    export const names = task(sh\`printf 'b\\na\\n'\`, { value: "lines" });
    export const sizes = each(files("in/*"), (f) => task(sh\`wc -c < \${f}\`, { value: "json" }));
    export const all = task(sh\`cat \${sizes} > \${out("build/all")}; cat \${names.outputs.value} >> build/all\`);
    export const checked = task(sh\`test -f .inc/values/names.json\`, { inputs: [names] });
  `);
  rig.write("in/x.txt", "12");
  rig.write("in/y.txt", "1");
  expect((await rig.run("run")).stdout).toContain("ran 5");
  expect(rig.read("build/all")).toBe('21["b","a"]');
  expect((await rig.run("get", "sizes[x.txt]")).stdout).toBe("2");
  rig.remove("in/y.txt");
  await rig.run("run");
  expect(rig.read("build/all")).toBe('2["b","a"]');
  expect(rig.exists(".inc/values/sizes[y.txt].json")).toBe(false);
});

test("a value beside artifacts, of exec, is the output by its name", async () => {
  rig.manifest(`
    export const both = task(exec(["sh", "-c", "echo 1; echo x > build/o", "sh", out("build/o", "o")]), { value: "json" });
    export const reads = task(sh\`cat \${both.outputs.value} \${both.outputs.o} > \${out("build/r")}\`);
  `);
  expect(await rig.results()).toEqual(["both: ran", "reads: ran"]);
  expect(rig.read("build/r")).toBe("1x\n");
});

test("what is printed on standard error is the log", async () => {
  rig.manifest(`export const v = task(sh\`echo note >&2; echo 1\`, { value: "json" });`);
  const { stdout } = await rig.run("run", "--output-logs", "full");
  expect(stdout).toContain("note");
  expect((await rig.run("get", "v")).stdout).toBe("1");
});

test("a failing attempt leaves no value, and its dependents are skipped", async () => {
  rig.manifest(COUNTED);
  rig.write("a.txt", "x\n");
  await rig.run("run");
  rig.manifest(COUNTED.replace("\\`printf", "\\`echo"));
  rig.write("a.txt", '"\n');
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toMatch(/skipped\s+total/);
  expect(rig.exists(".inc/values/stats.json")).toBe(false);
});

test.each([
  ["echo '{ x }'", "is not JSON", "line 1, column 3 of what it printed: { x }", 'value: "lines"'],
  ["true", "is empty", "", "let the command print JSON, such as null"],
  [
    "echo 9007199254740993",
    "holds the number 9007199254740993, which JavaScript cannot hold",
    "",
    "print it as a string",
  ],
  ["head -c 17000000 /dev/zero", "is 16.2 MiB, and a value has at most 16 MiB", "", "make a file of it: out(path)"],
])("what is printed by %s is no value", async (command, what, note, help) => {
  rig.manifest(`export const v = task(sh\`${command}\`, { value: "json" });`);
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain(`error INC4311: task "v" succeeded, but what it printed as its value ${what}\n`);
  expect(stdout).toContain("pipeline.ts:2:18");
  expect(stdout).toContain(note);
  expect(stdout).toContain(help);
});

test.each([
  ['task(sh`x`, { value: "yaml" as "json" })', 'INC2023: the option "value" of a task has an unusable value'],
  [
    'task(exec(["x"], { stdout: out("o") }), { value: "json" })',
    'INC2023: the option "value" takes the standard output',
  ],
  [
    'task(sh`x > ${out(".inc/values/v.json")}`)',
    'INC2525: task "v" makes ".inc/values/v.json", which inc or git needs',
  ],
  ['task(sh`x`, { value: "json", outputs: { value: "v.json" } })', 'INC2515: task "v" has two outputs named "value"'],
])("%s is refused", async (declaration, message) => {
  rig.manifest(`export const v = ${declaration};`);
  const { code, stderr } = await rig.run("run");
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test("two manifests of one workspace have values of their own", async () => {
  rig.manifest(`export const v = task(sh\`echo 1\`, { value: "json" });`);
  rig.write(
    "other.ts",
    `import { sh, task } from "inc-run";\nexport const v = task(sh\`echo 2\`, { value: "json" });\n`,
  );
  await rig.run("run");
  expect((await rig.run("run", "other.ts")).code).toBe(0);
  expect((await rig.run("get", "v")).stdout).toBe("1");
  expect((await rig.run("get", "other.ts/v")).stdout).toBe("2");
});

test("a checkout of a run puts its values back", async () => {
  rig.manifest(COUNTED);
  rig.write("a.txt", "x\n");
  const first = await rig.run("run", "--json");
  const { run } = JSON.parse(first.stdout.split("\n")[0] as string) as { run: string };
  rig.write("a.txt", "y\n");
  await rig.run("run");
  expect((await rig.run("checkout", run, "--force")).code).toBe(0);
  expect(rig.read(".inc/values/stats.json")).toContain('"x"');
});

test("an evicted value is made again, and the latest is protected", async () => {
  rig.manifest(COUNTED);
  rig.write("a.txt", "x\n");
  await rig.run("run");
  rig.write("a.txt", "y\n");
  await rig.run("run");
  await rig.run("gc", "--keep-versions", "1");
  expect((await rig.run("get", "stats@1")).stderr).toContain("INC1032");
  expect((await rig.run("get", "stats")).code).toBe(0);
  rig.write("a.txt", "x\n");
  expect(await rig.results()).toContain("stats: ran");
});

test("names of members stay what they are, whatever names were read before: backslashes, quotes, line feeds", async () => {
  rig.manifest(`
    export const rows = task(sh\`cat \${file("rows.json")}\`, { value: "json" });
    export const names = task({ inputs: { rows }, value: "json", run: ({ inputs }) => Object.values(inputs.rows).flatMap((row) => Object.keys(row)) });
    export const table = task(sh\`cat \${file("table.json")}\`, { value: "json" });
    export const units = each(table, (n, name) => task({ value: "json", run: () => [name, n] }));
  `);
  for (const name of ["\n", '"', "\\"]) {
    rig.write("rows.json", JSON.stringify({ a: { h: [], "\\": 0 }, b: { h: 0, [name]: 0 } }));
    rig.write("table.json", JSON.stringify({ h: 0, [name]: 1 }));
    expect((await rig.run("run")).code).toBe(0);
    expect(JSON.parse((await rig.run("get", "names")).stdout).sort()).toEqual(["\\", "h", name, "h"].sort());
  }
});
