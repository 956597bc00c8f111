import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";
import { Watching } from "../../watch/watching.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const CLEAN = `
import { writeFile } from "node:fs/promises";
import { upper } from "./lib/upper.ts";
const raw = files("data/*.csv");
export const clean = each(raw, (csv) =>
  task({
    inputs: { csv },
    outputs: { out: \`build/\${csv.stem}.txt\` },
    run: async ({ inputs, outputs }) => writeFile(outputs.out, upper(await inputs.csv.text())),
  }),
);
export const all = task({
  inputs: { tables: clean, region: param("region", "eu") },
  outputs: { json: "build/all.json" },
  async run({ inputs, outputs, log }) {
    log("from", inputs.tables.size);
    const texts = [];
    for (const [key, { out }] of inputs.tables) texts.push([key, await out.text()]);
    await writeFile(outputs.json, JSON.stringify([inputs.region, ...texts]));
  },
});
export const size = task(sh\`wc -c < \${all} > \${out("build/size.txt")}\`);
`;

function writeClean(): void {
  rig.write("lib/upper.ts", "export const upper = (text: string): string => text.toUpperCase();\n");
  rig.write("data/a.csv", "a\n");
  rig.write("data/b.csv", "b\n");
  rig.manifest(CLEAN);
}

test("functions read files, units and parameters, and commands read what they make", async () => {
  writeClean();
  expect(await rig.results()).toEqual(["all: ran", "clean[a.csv]: ran", "clean[b.csv]: ran", "size: ran"]);
  expect(JSON.parse(rig.read("build/all.json"))).toEqual(["eu", ["a.csv", "A\n"], ["b.csv", "B\n"]]);
  expect(Number(rig.read("build/size.txt"))).toBe(38);
  expect(await rig.results()).toEqual([]);
  rig.write("data/a.csv", "other\n");
  expect(await rig.results()).toEqual(["all: ran", "clean[a.csv]: ran", "size: ran"]);
  rig.write("data/a.csv", "a\n");
  expect(await rig.results()).toEqual(["all: restored", "clean[a.csv]: restored", "size: restored"]);
});

test("a changed helper runs its functions again, and a result that is the same stops there", async () => {
  writeClean();
  await rig.run("run");
  rig.write("lib/upper.ts", "export const upper = (text: string): string => text.toUpperCase().trim();\n");
  expect(await rig.results()).toContain("clean[a.csv]: ran");
  expect(rig.read("build/a.txt")).toBe("A");
  expect((await rig.run("why", "clean[a.csv]")).stdout).toContain("code");
});

test("a parameter is passed as its value, and is in the fingerprint", async () => {
  writeClean();
  await rig.run("run");
  expect(await rig.results("--param", "region=us")).toContain("all: ran");
  expect(rig.read("build/all.json")).toContain('"us"');
});

test("tasks of several outputs come as records, sets as maps by path, variables and tools as text", async () => {
  rig.write("data/a.csv", "a");
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    const two = task(sh\`echo 1 > \${out("build/1", "one")}; echo 2 > \${out("build/2", "two")}\`);
    export { two };
    export const many = each(["x", "y"], (key) => task({
      outputs: { p: \`build/\${key}.p\`, q: \`build/\${key}.q\` },
      run({ outputs }) { writeFileSync(outputs.p, key); writeFileSync(outputs.q, key + key); },
    }));
    export const all = task({
      inputs: { two, one: two.outputs.one, set: files("data/*.csv"), many, q: many.outputs.q, lang: env("SPOKEN"), unset: env("UNSET"), node: tool("node") },
      outputs: { json: "build/all.json" },
      async run({ inputs: { two, one, set, many, q, lang, unset, node }, outputs }) {
        const units = [];
        for (const [key, unit] of many) units.push([key, await unit.p.text(), await unit.q.text()]);
        writeFileSync(outputs.json, JSON.stringify({
          two: [await two.one.text(), Buffer.from(await two.two.bytes()).toString()],
          one: one.path,
          set: [...set].map(([path, file]) => [path, file.path]),
          units,
          q: [...q.keys()],
          stream: (await q.get("x").stream().toArray()).join(""),
          lang, unset: unset ?? null, node,
        }));
      },
    });
  `);
  const outcome = await rig.start(["run"], { env: { SPOKEN: "de" } }).ended;
  expect(outcome.stderr + outcome.stdout).toContain("failed 0");
  expect(JSON.parse(rig.read("build/all.json"))).toEqual({
    two: ["1\n", "2\n"],
    one: "build/1",
    set: [["data/a.csv", "data/a.csv"]],
    units: [
      ["x", "x", "xx"],
      ["y", "y", "yy"],
    ],
    q: ["x", "y"],
    stream: "xx",
    lang: "de",
    unset: null,
    node: "node",
  });
});

test("a function has the environment, the working directory and the log of its task, with secrets masked", async () => {
  rig.write("sub/in.txt", "x");
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    export const t = task({
      inputs: { file: file("sub/in.txt") },
      outputs: { out: "build/out.txt" },
      env: { TOKEN: env("TOKEN", { secret: true }), A: "b" },
      cwd: "sub",
      run({ inputs, outputs, log }) {
        log("token", process.env.TOKEN);
        writeFileSync(outputs.out, [inputs.file.path, outputs.out, process.env.A, process.env.READ, process.env.TZ].join());
      },
    });
  `);
  const outcome = await rig.start(["run"], { env: { TOKEN: "hunter2hunter2", READ: "x" } }).ended;
  expect(rig.read("build/out.txt")).toBe("in.txt,../build/out.txt,b,x,UTC");
  expect(outcome.stdout).toContain("token ");
  expect(outcome.stdout).not.toContain("hunter2");
});

test("no attempt sees what a module remembered in another", async () => {
  rig.write("lib/count.ts", "let n = 0;\nexport const count = (): number => (n += 1);\n");
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    import { count } from "./lib/count.ts";
    export const all = each(["a", "b", "c"], (key) => task({
      outputs: { out: \`build/\${key}.txt\` },
      run({ outputs }) { writeFileSync(outputs.out, \`\${count()} \${process.pid}\`); },
    }));
  `);
  await rig.run("run", "-j1");
  const seen = ["a", "b", "c"].map((key) => rig.read(`build/${key}.txt`).split(" "));
  expect(seen.map(([n]) => n)).toEqual(["1", "1", "1"]);
  // One process for all three.
  expect(new Set(seen.map(([, pid]) => pid)).size).toBe(1);
});

test("under watch a process is used again in the next run", async () => {
  rig.write("in.txt", "a");
  rig.manifest(`
    import { appendFileSync, writeFileSync } from "node:fs";
    export const t = task({
      inputs: { file: file("in.txt") },
      outputs: { out: "build/out.txt" },
      async run({ inputs, outputs }) { writeFileSync(outputs.out, \`\${await inputs.file.text()} \${process.pid}\`); },
    });
  `);
  const watching = new Watching(rig);
  expect(await watching.quiet()).toEqual(["t: ran"]);
  const [first, pid] = rig.read("build/out.txt").split(" ");
  rig.write("in.txt", "b");
  expect(await watching.quiet()).toEqual(["t: ran"]);
  expect([first, rig.read("build/out.txt")]).toEqual(["a", `b ${pid}`]);
  expect(await watching.stop()).toBe(130);
});

test("progress is shown in the live view, and emitted as events", async () => {
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    export const t = task({ outputs: { out: "o" }, run({ outputs, progress }) { progress(3, 10); progress(4, 10); progress(10, 10); writeFileSync(outputs.out, ""); } });
  `);
  const { stdout } = await rig.run("run", "--json");
  const events = stdout.split("\n").filter((line) => line.includes("task-progress"));
  expect(events.map((line) => JSON.parse(line)).map(({ task, done, total }) => [task, done, total])).toEqual([
    ["t", 3, 10],
    ["t", 10, 10],
  ]);
});

test("a function that failed is tried again as often as its retries allow", async () => {
  rig.manifest(`
    import { spawnSync } from "node:child_process";
    import { writeFileSync } from "node:fs";
    export const t = task({ outputs: { out: "o" }, retries: 1, run({ outputs }) {
      const { status } = spawnSync("mkdir", [${JSON.stringify(rig.path(".first"))}]);
      if (status === 0) throw new Error("first");
      writeFileSync(outputs.out, "second");
    } });
  `);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("o")).toBe("second");
});

test("a function takes no arguments", async () => {
  rig.manifest("export const t = task({ outputs: { out: 'o' }, run() {} });");
  const { code, stderr } = await rig.run("run", "t", "--", "x");
  expect(code).toBe(2);
  expect(stderr).toContain('INC1003: task "t" is a function, which takes no arguments');
});

test("after, --dry, status, list, graph, lineage and why know functions", async () => {
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    export const before = task(sh\`true\`);
    export const t = task({
      outputs: { out: "build/o" },
      after: [before],
      description: "makes o",
      run({ outputs }) { writeFileSync(outputs.out, "x"); },
    });
  `);
  expect((await rig.run("run", "--dry")).stdout).toContain("would-run t");
  expect((await rig.run("list")).stdout).toContain("makes o");
  expect((await rig.run("graph")).stdout).toContain("t");
  expect(await rig.results()).toEqual(["before: ran", "t: ran"]);
  expect((await rig.run("status")).code).toBe(0);
  expect((await rig.run("lineage", "build/o")).stdout).toContain("run()");
  expect((await rig.run("why", "t")).stdout).toContain("t");
});

test("an idle process that is killed harms no function", async () => {
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    const run = ({ outputs }) => writeFileSync(outputs.out, String(process.pid));
    export const first = task({ outputs: { out: "build/1" }, run });
    export const kill = task(sh\`kill -9 $(cat \${first}); echo > \${out("build/killed")}\`);
    export const second = task({ inputs: { kill }, outputs: { out: "build/2" }, run });
  `);
  expect(await rig.results()).toEqual(["first: ran", "kill: ran", "second: ran"]);
  expect(rig.read("build/2")).not.toBe(rig.read("build/1"));
});
