import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";
import { Watching } from "../../watch/watching.ts";

let rig: Rig;
let calls: string;

beforeEach(async () => {
  rig = await Rig.create();
  calls = join(tmpdir(), `inc-calls-${process.pid}`);
  writeFileSync(calls, "");
});

afterEach(async () => {
  rmSync(calls, { force: true });
  await rig.close();
});

/** A unit for each file of docs/, in batches; each call notes its units outside of the workspace. */
function manifest(body: string, { batch = 100, options = "", more = "" } = {}): void {
  rig.manifest(`
    import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
    import { setTimeout as wait } from "node:timers/promises";
    ${more}
    export const made = each(files("docs/*"), { batch: ${batch} }, (doc) =>
      task({
        inputs: { doc },
        outputs: { o: \`build/\${doc.name}\` },
        ${options}
        async runAll({ units, signal }) {
          appendFileSync(${JSON.stringify(calls)}, [...units.keys()].join("") + "\\n");
          ${body}
        },
      }));
    export const all = task(sh\`cat \${made} > \${out("all")}\`);`);
}

/** What each call made, in the order of the calls. */
function called(): string[] {
  const lines = readFileSync(calls, "utf8").split("\n").slice(0, -1);
  writeFileSync(calls, "");
  // Within a call the longest comes first, by what is recorded.
  return lines.map((keys) => [...keys].sort().join(""));
}

function docs(texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) rig.write(`docs/${name}`, text);
}

const UPPER = `for (const { inputs, outputs } of units.values()) writeFileSync(outputs.o, (await inputs.doc.text()).toUpperCase());`;

test("stale units share a call, up to the size of the batch, and each is stored by itself", async () => {
  manifest(UPPER, { batch: 3 });
  docs({ a: "a", b: "b", c: "c", d: "d" });
  expect(await rig.results()).toEqual(["all: ran", ...["a", "b", "c", "d"].map((key) => `made[${key}]: ran`)]);
  expect(called().toSorted()).toEqual(["abc", "d"]);
  expect(rig.read("all")).toBe("ABCD");
  expect((await rig.run("run")).stdout).toContain("ran 0, restored 0, fresh 5");
  docs({ b: "x", d: "y", e: "e" });
  expect(await rig.results()).toEqual(["all: ran", "made[b]: ran", "made[d]: ran", "made[e]: ran"]);
  expect(called()).toEqual(["bde"]);
  // Each result is there, whatever it was made with.
  docs({ b: "b", d: "d" });
  rig.remove("docs/e");
  expect(await rig.results()).toEqual(["all: restored", "made[b]: restored", "made[d]: restored"]);
  rig.remove("build/c");
  expect(await rig.results()).toEqual(["made[c]: restored"]);
  expect(called()).toEqual([]);
  const lineage = (await rig.run("lineage", "build/b")).stdout;
  expect(lineage).not.toContain("docs/d");
  expect(lineage).toContain("$ runAll()");
  docs({ a: "new" });
  await rig.run("run");
  expect((await rig.run("why", "made[a]")).stdout).toContain("docs/a");
});

const TROUBLED = `
  for (const [key, unit] of units) {
    const text = await unit.inputs.doc.text();
    if (text === "fail") unit.fail(new Error("not this one"));
    else if (text === "missing") continue;
    else if (text === "throw") throw new Error("a bad doc");
    else if (text === "exit") process.exit(3);
    else if (text === "crash") process.kill(process.pid, "SIGKILL");
    else if (text === "never") await new Promise(() => {});
    else if (text === "write") writeFileSync("stray", "");
    else if (text === "swallow") { try { writeFileSync("stray", ""); } catch {} writeFileSync(unit.outputs.o, text); }
    else writeFileSync(unit.outputs.o, text);
  }`;

test.each([
  ["fail", "INC4330", "not this one", ["abcd"]],
  ["missing", "INC4302", 'did not make its output "build/c"', ["abcd"]],
  ["throw", "INC4330", "a bad doc", ["abcd", "ab", "cd", "c", "d"]],
  ["exit", "INC4332", "called process.exit(3)", ["abcd", "ab", "cd", "c", "d"]],
  ["crash", "INC4333", "was killed from outside", ["abcd", "ab", "cd", "c", "d"]],
  ["never", "INC4331", "awaits something that never comes", ["abcd", "ab", "cd", "c", "d"]],
  ["write", "INC4334", 'writes "stray"', ["abcd", "ab", "cd", "c", "d"]],
  ["swallow", "INC4334", 'writes "stray"', ["abcd", "ab", "cd", "c", "d"]],
])("a unit fails alone: %s", async (text, code, message, expected) => {
  manifest(TROUBLED);
  docs({ a: "a", b: "b", c: text, d: "d" });
  const { stdout } = await rig.run("run", "--keep-going");
  expect(called()).toEqual(expected);
  expect(stdout).toContain("ran 3, restored 0, fresh 0, failed 1, skipped 1");
  expect(stdout).toContain(`error ${code}: `);
  expect(stdout).toContain('"made[c]"');
  expect(stdout).toContain(message);
  expect([rig.read("build/a"), rig.read("build/b"), rig.read("build/d")]).toEqual(["a", "b", "d"]);
  docs({ c: "c" });
  expect(await rig.results()).toEqual(["all: ran", "made[c]: ran"]);
  expect(rig.read("all")).toBe("abcd");
});

test("what is said to be done is not made again when the call fails, and retries are by themselves", async () => {
  manifest(
    `for (const [key, { outputs, done }] of units) {
      if (key === "c" && units.size === 5) throw new Error("not with so many");
      if (key === "d" && units.size > 1) throw new Error("not with others");
      if (key === "e") throw new Error("never");
      writeFileSync(outputs.o, key);
      done();
    }`,
    { options: "retries: 1," },
  );
  docs({ a: "", b: "", c: "", d: "", e: "" });
  expect((await rig.run("run", "-k", "-j", "1")).stdout).toContain("ran 4, restored 0, fresh 0, failed 1, skipped 1");
  expect(called()).toEqual(["abcde", "cd", "d", "e", "e"]);
});

test("a call that takes too long is made in halves", async () => {
  manifest(
    `for (const [key, { outputs }] of units) {
      if (key === "b") await wait(60_000, undefined, { signal });
      writeFileSync(outputs.o, key);
    }`,
    { options: 'timeout: "500ms",' },
  );
  docs({ a: "", b: "", c: "" });
  const { stdout } = await rig.run("run", "--keep-going", "-j", "1");
  expect(stdout).toContain("ended: timeout");
  expect(stdout).toContain("ran 2, restored 0, fresh 0, failed 1");
  expect(called()).toEqual(["abc", "ab", "a", "b", "c"]);
});

test("an undeclared read counts for each unit of the call, as nobody sees for which it was; inputs of other units do not", async () => {
  manifest(`
    for (const [key, { inputs, outputs }] of units)
      writeFileSync(outputs.o, (await inputs.doc.text()) + (key === "a" ? readFileSync("shared", "utf8") : ""));`);
  rig.write("shared", "1");
  docs({ a: "a", b: "b" });
  await rig.run("run");
  docs({ c: "c" });
  await rig.run("run");
  expect(called()).toEqual(["ab", "c"]);
  docs({ a: "A" });
  expect(await rig.results()).toEqual(["all: ran", "made[a]: ran"]);
  called();
  rig.write("shared", "2");
  expect(await rig.results()).toEqual(["all: ran", "made[a]: ran", "made[b]: ran"]);
  expect(rig.read("all")).toBe("A2bc");
});

test("functions that captured different values never share a call, nor do those in other surroundings", async () => {
  rig.manifest(
    `
    import { appendFileSync, writeFileSync } from "node:fs";
    const note = (units: ReadonlyMap<string, unknown>) => appendFileSync(${JSON.stringify(calls)}, [...units.keys()].join("") + "\\n");
    export const own = each(["a", "b"], { batch: 9 }, (name) =>
      task({ outputs: { o: \`own/\${name}\` }, version: "1", runAll({ units }) { note(units); for (const { outputs } of units.values()) writeFileSync(outputs.o, name); } }));
    const late = ["x", "y"].map((name) => [name, Promise.resolve(name)] as const);
    export const unseen = each(late, { key: ([name]) => name, batch: 9 }, ([, value]) =>
      task({ outputs: { o: \`unseen/\${Math.random()}\` }, version: "1", async runAll({ units }) { note(units); for (const { outputs } of units.values()) writeFileSync(outputs.o, await value); } }));
    export const other = each(["v", "w"], { batch: 9 }, (name) =>
      task({ outputs: { o: \`other/\${name}\` }, env: { NAME: name }, runAll({ units }) { note(units); for (const { outputs } of units.values()) writeFileSync(outputs.o, String(process.env.NAME)); } }));
  `.replace("`unseen/${Math.random()}`", "`unseen/${late.findIndex((it) => it[1] === value)}`"),
  );
  expect((await rig.run("run")).code).toBe(0);
  expect(called().toSorted()).toEqual(["a", "b", "v", "w", "x", "y"]);
  expect([rig.read("own/a"), rig.read("own/b"), rig.read("other/v"), rig.read("unseen/1")]).toEqual([
    "a",
    "b",
    "v",
    "y",
  ]);
});

test("values come back by the keys of the units, and each that is missing or no JSON is its own failure", async () => {
  rig.manifest(`
    export const sizes = each(files("docs/*"), { batch: 9 }, (doc) =>
      task({ inputs: { doc }, value: "json", async runAll({ units }): Promise<any> {
        const texts = await Promise.all([...units].map(async ([key, { inputs }]) => [key, await inputs.doc.text()] as const));
        if (texts.some(([, text]) => text === "none")) return 5;
        return new Map(texts.filter(([, text]) => text !== "left out").map(([key, text]) => [key, text === "date" ? new Date() : text.length]));
      } }));
    export const sum = task({ inputs: { sizes }, value: "json", run: ({ inputs }) => [...inputs.sizes.values()].reduce((a, b) => a + b, 0) });
  `);
  docs({ a: "1", b: "22", c: "333" });
  expect((await rig.run("run")).code).toBe(0);
  expect((await rig.run("get", "sum")).stdout).toBe("6");
  docs({ a: "date", b: "left out", c: "4444", d: "none" });
  const { stdout } = await rig.run("run", "--keep-going");
  expect(stdout).toContain('the function of task "sizes[a]" returned a Date');
  expect(stdout).toContain('the function of task "sizes[b]" returned no value for "b"');
  expect(stdout).toContain('the function of task "sizes[d]" returned 5, not the values of its units');
  expect((await rig.run("get", "sizes[c]")).stdout).toBe("4");
});

test("a key is part of what a unit is made of: it may be all that tells it from others", async () => {
  rig.manifest(`
    export const names = each(["a", "b"], { batch: 9 }, () =>
      task({ value: "json", runAll: ({ units }) => new Map([...units.keys()].map((key) => [key, key.toUpperCase()])) }));
  `);
  const values = async (): Promise<string[]> =>
    [await rig.run("get", "names[a]"), await rig.run("get", "names[b]")].map(({ stdout }) => stdout);
  expect(await rig.results()).toEqual(["names[a]: ran", "names[b]: ran"]);
  expect(await values()).toEqual(['"A"', '"B"']);
  rig.remove(".inc/values");
  expect(await rig.results()).toEqual(["names[a]: restored", "names[b]: restored"]);
  expect([rig.read(".inc/values/names[a].json"), rig.read(".inc/values/names[b].json")]).toEqual(['"A"', '"B"']);
});

test("under watch, an edit of one unit ends the call, and the others are made in another one", async () => {
  manifest(
    `await promisify(execFile)("node", [".gate.mjs", "slow"], { signal });
    for (const { inputs, outputs } of units.values()) writeFileSync(outputs.o, await inputs.doc.text());`,
    { more: 'import { execFile } from "node:child_process"; import { promisify } from "node:util";' },
  );
  docs({ a: "1", b: "1" });
  const watching = new Watching(rig);
  await rig.waitFor("slow");
  docs({ a: "2" });
  const again = await rig.waitFor("slow");
  rig.open("slow");
  again.release();
  await watching.quiet();
  expect(rig.read("all")).toBe("21");
  expect(await watching.stop()).toBe(130);
});

test("what is said to be done is stored when the run is interrupted, if the function heeds that", async () => {
  manifest(
    `for (const [key, { inputs, outputs, done }] of units) {
      if (key === "c") await promisify(execFile)("node", [".gate.mjs", "slow"], { signal });
      writeFileSync(outputs.o, await inputs.doc.text());
      done();
    }`,
    { more: 'import { execFile } from "node:child_process"; import { promisify } from "node:util";' },
  );
  docs({ a: "1", b: "2", c: "3", d: "4" });
  const running = rig.start(["run"]);
  await rig.waitFor("slow");
  running.child.kill("SIGINT");
  const { code, stdout } = await running.ended;
  expect(code).toBe(130);
  expect(stdout).toContain("ran 2, restored 0, fresh 0, failed 0");
  called();
  rig.open("slow");
  expect(await rig.results()).toEqual(["all: ran", "made[c]: ran", "made[d]: ran"]);
  expect(called()).toEqual(["cd"]);
  expect(rig.read("all")).toBe("1234");
});

test.each([
  ["each([1], { batch: 0 }, () => t)", 'INC2023: the option "batch" of each() has an unusable value'],
  [
    "each([1], { batch: 2 }, () => task(sh`true`))",
    'INC2535: each() has a batch of 2, but its callback returns no task with "runAll"',
  ],
  [
    "each([1], () => task({ runAll() {} }))",
    'INC2535: a task has a function for several units, "runAll", but no each() gives it several',
  ],
  ["task({ runAll() {} })", 'INC2535: a task has a function for several units, "runAll"'],
  [
    "each([1], { batch: 2 }, () => task({ run() {}, runAll() {} } as never))",
    'INC2023: a task has both options "run" and "runAll"',
  ],
  [
    "each([1], { batch: 2 }, () => task({ runAll: 5 } as never))",
    'INC2023: the option "runAll" of a function task has an unusable value',
  ],
])("%s is refused", async (text, message) => {
  rig.manifest(`const t = task(sh\`true\`); export { t }; export const e = ${text};`);
  const { code, stderr } = await rig.run("run");
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});
