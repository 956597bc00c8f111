import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

function manifest(body: string): void {
  rig.manifest(`
    import fs, { existsSync } from "node:fs";
    import { readFile } from "node:fs/promises";
    import { promisify } from "node:util";
    export const t = task({
      inputs: { file: file("in.txt") },
      outputs: { out: "build/out.txt" },
      async run({ inputs, outputs }) {
        let text = await inputs.file.text();
        ${body}
        fs.writeFileSync(outputs.out, text);
      },
    });
  `);
}

/** Every way to read a file by node:fs. */
test.each([
  ["a promise", "text += await readFile('more.txt', 'utf8');"],
  ["a call that waits", "text += fs.readFileSync('more.txt', 'utf8');"],
  ["a callback", "text += await promisify(fs.readFile)('more.txt', 'utf8');"],
  ["a stream", "for await (const piece of fs.createReadStream('more.txt')) text += piece;"],
  ["a descriptor", "const fd = fs.openSync('more.txt'); text += fs.readFileSync(fd, 'utf8'); fs.closeSync(fd);"],
  ["a handle", "const h = await fs.promises.open('more.txt'); text += await h.readFile('utf8'); await h.close();"],
  [
    "a call after a directory was made that is there",
    "fs.mkdirSync('.', { recursive: true }); text += fs.readFileSync('more.txt', 'utf8');",
  ],
  ["a URL", "text += fs.readFileSync(new URL('more.txt', import.meta.url), 'utf8');"],
  ["a copy", "fs.copyFileSync('more.txt', outputs.out); text += fs.readFileSync(outputs.out, 'utf8');"],
])("a file that is read by %s becomes a found input", async (_how, body) => {
  rig.write("in.txt", "0");
  rig.write("more.txt", "1");
  manifest(body);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("build/out.txt")).toBe("01");
  expect(await rig.results()).toEqual([]);
  rig.write("more.txt", "2");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("build/out.txt")).toBe("02");
  rig.write("more.txt", "1");
  expect(await rig.results()).toEqual(["t: restored"]);
});

test.each([
  ["existsSync", "if (existsSync('options.json')) text += 'options';"],
  ["a failed read", "text += await readFile('options.json', 'utf8').catch(() => '');"],
  ["a failed access", "await fs.promises.access('options.json').then(() => { text += 'options'; }, () => {});"],
])("a file that was looked for by %s and is not there is a found input too", async (_how, body) => {
  rig.write("in.txt", "0");
  manifest(body);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(await rig.results()).toEqual([]);
  rig.write("options.json", "options");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("build/out.txt")).toBe("0options");
  rig.remove("options.json");
  expect(await rig.results()).toEqual(["t: restored"]);
  expect((await rig.run("why", "t")).code).toBe(0);
});

test("a directory that is listed counts by what is in it", async () => {
  rig.write("in.txt", "0");
  rig.write("extra/a.txt", "");
  manifest("text += fs.readdirSync('extra').join();");
  await rig.run("run");
  rig.write("extra/b.txt", "");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("build/out.txt")).toBe("0a.txt,b.txt");
});

test("what modules read when they are loaded are found inputs, relative to where the manifest was evaluated", async () => {
  rig.write("more.txt", "1");
  rig.write("sub/.keep", "");
  rig.write(
    "lib.ts",
    `import fs from "node:fs";
    import { join } from "node:path";
    export const relative = fs.readFileSync("more.txt", "utf8");
    export const more = fs.readFileSync(join(import.meta.dirname, "more.txt"), "utf8");
    export const options = fs.existsSync("options.json");
    fs.readdirSync(".");`,
  );
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    import { more, options, relative } from "./lib.ts";
    const text = relative + more + options;
    export const a = task({ cwd: "sub", outputs: { out: "build/a.txt" }, run: ({ outputs }) => writeFileSync(outputs.out, text) });
    export const b = task({ after: [a], outputs: { out: "build/b.txt" }, run: ({ outputs }) => writeFileSync(outputs.out, text) });
  `);
  const all = ["a: ran", "b: ran"];
  expect(await rig.results()).toEqual(all);
  expect(await rig.results()).toEqual([]);
  rig.write("more.txt", "2");
  expect(await rig.results()).toEqual(all);
  expect(rig.read("build/b.txt")).toBe("22false");
  rig.write("options.json", "");
  expect(await rig.results()).toEqual(all);
  rig.remove("options.json");
  expect(await rig.results()).toEqual(["a: restored", "b: restored"]);
});

test("modules that it imports while it runs are its code, and no files that it reads", async () => {
  rig.write("in.txt", "0");
  rig.write("lib/more.ts", `import { one } from "./one.cjs";\nexport const more = one;\n`);
  rig.write("lib/one.cjs", "exports.one = require('./data.json').one;\n");
  rig.write("lib/data.json", `{ "one": 1 }`);
  manifest(`text += (await import("./lib/more.ts")).more;`);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect((await rig.run("lineage", "build/out.txt", "--format", "json")).stdout).not.toMatch(/(?:lib|dist)\//);
  rig.write("lib/more.ts", `// The same.\nimport { one } from "./one.cjs";\nexport const more = one;\n`);
  expect(await rig.results()).toEqual([]);
  rig.write("lib/data.json", `{ "one": 2 }`);
  expect(await rig.results()).toEqual(["t: ran"]);
});

test("what cannot be tracked fails the attempt", async () => {
  rig.write("in.txt", "0");
  manifest("text += fs.readdirSync('.').length;");
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain(
    'INC4336: the function of task "t" lists ".", a directory in which tasks make their outputs',
  );
  expect(rig.exists("build/out.txt")).toBe(false);
});

test("an output of a task that it does not depend on is no input", async () => {
  rig.write("in.txt", "0");
  rig.manifest(`
    import { existsSync, writeFileSync } from "node:fs";
    export const other = task(sh\`echo 1 > \${out("build/other.txt")}\`);
    export const t = task({
      inputs: { file: file("in.txt") },
      outputs: { out: "build/out.txt" },
      run({ outputs }) { writeFileSync(outputs.out, String(existsSync("build/other.txt"))); },
    });
  `);
  const { stdout } = await rig.run("run", "-j1");
  expect(stdout).toContain('INC4206: task "t" read "build/other.txt", which task "other" makes');
});

test("what it writes and reads again, temporary files and the system are no inputs", async () => {
  rig.write("in.txt", "0");
  manifest(`
    const { tmpdir } = await import("node:os");
    const { join } = await import("node:path");
    const own = fs.mkdtempSync(join(tmpdir(), "own-"));
    fs.writeFileSync(join(own, "a"), "1");
    text += fs.readFileSync(join(own, "a"), "utf8");
    fs.rmSync(own, { recursive: true });
    fs.readFileSync("/etc/passwd");
  `);
  await rig.run("run");
  expect(rig.read("build/out.txt")).toBe("01");
  expect(await rig.results()).toEqual([]);
  expect((await rig.run("lineage", "build/out.txt", "--format", "json")).stdout).not.toContain("passwd");
});
