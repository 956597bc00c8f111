import { mkdirSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

/** Tasks that run only by hand, and tools whose version is decided elsewhere. */
let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("a manual task without outputs runs whenever it is named, also when its inputs change back", async () => {
  rig.manifest(`
const app = file("app.txt");
export const deploy = task(sh\`cat \${app} > live.txt\`, { rerun: "manual" });
export const other = task(sh\`true\`);`);
  for (const version of ["A", "B", "A"]) {
    rig.write("app.txt", version);
    expect(await rig.results("deploy")).toEqual(["deploy: ran"]);
    expect(rig.read("live.txt")).toBe(version);
  }
  const again = await rig.run("run", "deploy");
  expect(again.stdout).toContain("runs whenever it is named");
  expect((await rig.run("run", "deploy")).stdout).toContain("ran 1");
  expect(await rig.results()).toEqual(["other: ran"]);
  expect((await rig.run("status", "deploy")).stdout).toContain("would-run     deploy  runs whenever it is named");
});

test("a manual task with outputs is decided like any other task when it is named", async () => {
  rig.write("in.txt", "A");
  rig.manifest('export const slow = task(sh`cat ${file("in.txt")} > ${out("o.txt")}`, { rerun: "manual" });');
  expect(await rig.results("slow")).toEqual(["slow: ran"]);
  expect(await rig.results("slow")).toEqual([]);
  rig.write("in.txt", "B");
  expect(await rig.results("slow")).toEqual(["slow: ran"]);
  rig.write("in.txt", "A");
  expect(await rig.results("slow")).toEqual(["slow: restored"]);
});

test("under watch a named manual task runs when its inputs change, also back to an earlier state", async () => {
  rig.write("app.txt", "A");
  rig.manifest('export const deploy = task(sh`cat ${file("app.txt")} >> live.txt`, { rerun: "manual" });');
  const watch = rig.start(["watch", "deploy"]);
  await watch.printed("ran 1");
  for (const [version, live] of [
    ["B", "AB"],
    ["A", "ABA"],
  ] as const) {
    const done = watch.printed(`app.txt changed`);
    rig.write("app.txt", version);
    await done;
    await expect.poll(() => rig.read("live.txt")).toBe(live);
  }
  watch.child.kill("SIGINT");
  await watch.ended;
});

test("inc warns of a version manager's tool without a pinned version, and reruns its tasks when a pinned version changes", async () => {
  rig.write("home/.pyenv/shims/py", "#!/bin/sh\necho 1\n", 0o755);
  rig.manifest('const py = tool("py");\nexport const t = task(sh`${py} > ${out("o")}`);');
  const env = { PATH: `${rig.path("home/.pyenv/shims")}:${process.env["PATH"]}` };
  const first = await rig.start(["run"], { env }).ended;
  expect(first.stdout.slice(first.stdout.indexOf("warning"), first.stdout.indexOf("\nran 1"))).toMatchInlineSnapshot(`
    "warning INC4219: the tool "py" is started by pyenv, but no version is pinned: its tasks do not rerun when the version changes
      --> pipeline.ts:2:12
    2 | const py = tool("py");
                   ^
      help: pin its version in .python-version, or name the program by its path"
  `);
  rig.write(".python-version", "3.12\n");
  const second = await rig.start(["run"], { env }).ended;
  expect(second.stdout).toContain("tool py changed");
  expect(second.stdout).not.toContain("warning");
  expect((await rig.start(["run"], { env }).ended).stdout).toContain("fresh 1");
  rig.write(".python-version", "3.13\n");
  expect((await rig.start(["run"], { env }).ended).stdout).toContain("tool py changed");
});

function symlink(text: string, path: string): void {
  mkdirSync(dirname(rig.path(path)), { recursive: true });
  symlinkSync(text, rig.path(path));
}

test("an edit of a linked package of the workspace reruns the tasks that call its program", async () => {
  rig.write("packages/cli/package.json", '{ "name": "cli", "version": "1.0.0", "type": "module" }');
  rig.write("packages/cli/cli.js", '#!/usr/bin/env node\nimport "./lib.js";\n', 0o755);
  rig.write("packages/cli/lib.js", "console.log(1);\n");
  symlink("../packages/cli", "node_modules/cli");
  symlink("../cli/cli.js", "node_modules/.bin/cli");
  rig.manifest('export const t = task(sh`${tool("cli")} > ${out("packages/cli/o")}`);');
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(await rig.results()).toEqual([]);
  rig.write("packages/cli/lib.js", "console.log(2);\n");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("packages/cli/o")).toBe("2\n");
  rig.write("packages/cli/new.js", "");
  expect(await rig.results()).toEqual(["t: ran"]);
});

test("the message about a tool without the executable bit says how to set it", async () => {
  rig.write("bin/gen", "#!/bin/sh\n");
  rig.manifest('export const t = task(sh`${tool("./bin/gen")}`);');
  const { stdout } = await rig.run("run");
  expect(stdout.slice(stdout.indexOf("error"), stdout.indexOf("\n──\n"))).toMatchInlineSnapshot(`
    "error INC4202: task "t" needs the tool "./bin/gen", but "bin/gen" is not executable
      --> pipeline.ts:2:28
    2 | export const t = task(sh\`\${tool("./bin/gen")}\`);
                                   ^
      help: make it executable: chmod +x bin/gen"
  `);
});

test("the reason is the file that joined the inputs of a command, not the command", async () => {
  rig.write("in/a.txt", "a");
  rig.manifest(`
export const copies = each(files("in/*.txt"), (f) => task(sh\`cat \${f} > \${out(\`build/a/\${f.name}\`)}\`));
export const all = task(sh\`cat \${copies} > \${out("build/all")}\`);`);
  await rig.run("run");
  rig.write("in/new.txt", "n");
  expect((await rig.run("run")).stdout).toMatch(/ran +all +\S+ +build\/a\/new.txt was added$/m);
  rig.remove("in/new.txt");
  rig.write("in/b.txt", "b");
  expect((await rig.run("run")).stdout).toMatch(/ran +all .*build\/a\/b.txt was added/);
});

test("watch names the published version as the reason of its run", async () => {
  rig.write("r.json", "1");
  rig.manifest('export const t = task(sh`cat ${object("rates")} > ${out("o")}`);');
  await rig.run("put", "rates", "r.json");
  const watch = rig.start(["watch"]);
  await watch.printed("watching for changes");
  rig.write("r2.json", "2");
  await rig.run("put", "rates", "r2.json", "--if-version", "1");
  await watch.printed("── rates@2 was published");
  watch.child.kill("SIGINT");
  await watch.ended;
});
