import { spawn } from "node:child_process";
import { on, once } from "node:events";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync, utimesSync, watch } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { Watching } from "./watching.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const PIPELINE = `
export const upper = each(files("data/*.txt"), (f) => task(sh\`tr a-z A-Z < \${f} > \${out(\`build/\${f.stem}.up\`)}\`));
export const all = task(sh\`cat \${upper} > \${out("build/all")}\`);`;

function withData(): void {
  rig.manifest(PIPELINE);
  rig.write("data/a.txt", "a\n");
  rig.write("data/b.txt", "b\n");
}

test("all tasks run at first, then those that a change makes stale, with early cutoff", async () => {
  withData();
  const watching = new Watching(rig);
  expect(await watching.quiet()).toEqual(["all: ran", "upper[a.txt]: ran", "upper[b.txt]: ran"]);
  rig.write("data/a.txt", "new\n");
  expect(await watching.quiet()).toEqual(["all: ran", "upper[a.txt]: ran"]);
  expect(rig.read("build/all")).toBe("NEW\nB\n");
  rig.write("data/a.txt", "NEW\n");
  expect(await watching.quiet()).toEqual(["upper[a.txt]: ran"]);
  expect(await watching.stop()).toBe(130);
});

test("watch runs after a new file, a removed one, an atomic save, and the way back to an earlier state", async () => {
  withData();
  const watching = new Watching(rig);
  await watching.quiet();
  rig.write("data/c.txt", "c\n");
  expect(await watching.quiet()).toEqual(["all: ran", "upper[c.txt]: ran"]);
  rig.remove("data/c.txt");
  expect(await watching.quiet()).toEqual(["all: restored"]);
  expect(rig.exists("build/c.up")).toBe(false);
  rig.write("data/.a.txt.swp", "saved\n");
  renameSync(rig.path("data/.a.txt.swp"), rig.path("data/a.txt"));
  expect(await watching.quiet()).toEqual(["all: ran", "upper[a.txt]: ran"]);
  rig.write("data/a.txt", "a\n");
  expect(await watching.quiet()).toEqual(["all: restored", "upper[a.txt]: restored"]);
});

test("a touch, a save of the same content and a file that no task reads run nothing", async () => {
  withData();
  const watching = new Watching(rig);
  await watching.quiet();
  utimesSync(rig.path("data/a.txt"), 1, 1);
  rig.write("data/b.txt", "b\n");
  rig.write("README.md", "text");
  rig.write("node_modules/x/index.js", "text");
  rig.write("data/a.txt", "end\n");
  expect(await watching.quiet()).toEqual(["all: ran", "upper[a.txt]: ran"]);
});

test("watch restores an edited output", async () => {
  withData();
  const watching = new Watching(rig);
  await watching.quiet();
  rig.write("build/all", "by hand");
  expect(await watching.quiet()).toEqual(["all: restored"]);
  expect(rig.read("build/all")).toBe("A\nB\n");
});

test("a task that always runs does so once a change, and does not wake itself", async () => {
  rig.manifest(`
export const clock = task(sh\`date +%N > \${out("build/now")}; cp \${file("in.txt")} log.txt\`, { rerun: "always" });`);
  rig.write("in.txt", "1");
  const watching = new Watching(rig);
  expect(await watching.quiet()).toEqual(["clock: ran"]);
  rig.write("in.txt", "2");
  expect(await watching.quiet()).toEqual(["clock: ran"]);
  rig.write("in.txt", "3");
  expect(await watching.quiet()).toEqual(["clock: ran"]);
});

describe("a failed task", () => {
  test("is tried again only when an input changes", async () => {
    rig.manifest(`
export const check = task(sh\`echo x >> tries; grep -q good \${file("check.txt")}\`);
export const other = task(sh\`cp \${file("in.txt")} \${out("build/other")}\`);`);
    rig.write("check.txt", "bad");
    rig.write("in.txt", "1");
    const watching = new Watching(rig);
    expect(await watching.quiet()).toEqual(["check: failed", "other: ran"]);
    rig.write("in.txt", "2");
    expect(await watching.quiet()).toEqual(["check: failed", "other: ran"]);
    expect(rig.read("tries")).toBe("x\n");
    rig.write("check.txt", "good");
    expect(await watching.quiet()).toEqual(["check: ran"]);
    expect(rig.read("tries")).toBe("x\nx\n");
  });
});

describe("the manifest", () => {
  test("is loaded again when it or one of its modules changes, and only changed tasks run", async () => {
    rig.write("part.ts", `export const text = "one";`);
    rig.write(
      "pipeline.ts",
      `import { out, sh, task } from "inc-run"; import { text } from "./part.ts";
export const a = task(sh\`echo \${text} > \${out("build/a")}\`);
export const b = task(sh\`echo b > \${out("build/b")}\`);`,
    );
    const watching = new Watching(rig);
    expect(await watching.quiet()).toEqual(["a: ran", "b: ran"]);
    rig.write("part.ts", `export const text = "two";`);
    expect(await watching.quiet()).toEqual(["a: ran"]);
    expect(rig.read("build/a")).toBe("two\n");
  });

  test("broken, is shown with its line while the last good graph goes on; the fix resumes", async () => {
    withData();
    const watching = new Watching(rig);
    await watching.quiet();
    const good = rig.read("pipeline.ts");
    rig.write("pipeline.ts", `${good}\nexport const broken = task(;`);
    expect(await watching.quiet()).toEqual([]);
    await watching.running.printed("INC2001");
    await watching.running.printed("pipeline.ts:6");
    rig.write("data/a.txt", "new\n");
    expect(await watching.quiet()).toEqual(["all: ran", "upper[a.txt]: ran"]);
    rig.write("pipeline.ts", `${good}\nexport const more = task(sh\`wc -c \${all} > \${out("build/more")}\`);`);
    expect(await watching.quiet()).toEqual(["more: ran"]);
  });

  test("broken from the start, is loaded once it is fixed", async () => {
    rig.manifest("export const broken = task(;");
    const watching = new Watching(rig);
    await watching.running.printed("INC2001");
    expect(await watching.quiet()).toEqual([]);
    withData();
    for (let ran: string[] = []; !ran.includes("all: ran"); ) ran = [...ran, ...(await watching.quiet())];
    expect(rig.read("build/all")).toBe("A\nB\n");
  });

  test("broken from the start, is shown once where the output goes to a file of the workspace", async () => {
    rig.manifest("export const broken = task(;");
    const output = openSync(rig.path("watch.log"), "a");
    const watcher = watch(rig.root);
    const changes = on(watcher, "change");
    const child = spawn(process.execPath, [rig.cli, "watch"], { cwd: rig.root, stdio: ["ignore", output, output] });
    const ended = once(child, "close");
    for await (const _ of changes) if (rig.read("watch.log").includes("watching for changes")) break;
    // Takes much longer than watch would for another look at the manifest.
    expect((await rig.run("list")).code).toBe(2);
    child.kill("SIGINT");
    await ended;
    watcher.close();
    closeSync(output);
    expect(rig.read("watch.log").match(/INC2001/g)).toHaveLength(1);
  });
});

test("an object published by another process runs the tasks that read it", async () => {
  rig.manifest(`export const rates = object("rates");
export const copy = task(sh\`cp \${rates} \${out("build/rates")}\`);`);
  rig.write("one.txt", "1");
  rig.write("two.txt", "2");
  expect((await rig.run("put", "rates", "one.txt")).code).toBe(0);
  const watching = new Watching(rig);
  expect(await watching.quiet()).toEqual(["copy: ran"]);
  expect((await rig.run("put", "rates", "two.txt")).code).toBe(0);
  for (let ran: string[] = []; ran.length === 0; ) ran = await watching.quiet();
  expect(rig.read("build/rates")).toBe("2");
});

test("watch holds no lease while nothing runs: another run does not wait", async () => {
  withData();
  const watching = new Watching(rig);
  await watching.quiet();
  const outcome = await rig.run("run", "-f", "all", "--lock-wait", "0");
  expect(outcome.code).toBe(0);
  expect(await watching.stop()).toBe(130);
});

test("two interrupts end the run and leave no process, no lease and no torn output", async () => {
  rig.manifest(`export const slow = task(sh\`echo half > \${out("build/slow")}; ${rig.held("slow")}\`);`);
  const watching = new Watching(rig);
  const held = await rig.waitFor("slow");
  watching.running.child.kill("SIGINT");
  watching.running.child.kill("SIGINT");
  expect((await watching.running.ended).code).toBe(130);
  await held.gone;
  expect(rig.exists("build/slow")).toBe(false);
  expect(readdirSync(rig.path(".inc")).filter((name) => name.endsWith(".sock"))).toEqual([]);
});

test("the output says which files changed, which tasks ran again and how long it took", async () => {
  withData();
  const running = rig.start(["watch"]);
  await running.printed("watching for changes");
  rig.write("data/a.txt", "new\n");
  await running.printed("ran 2, restored 0, fresh 1, failed 0");
  running.child.kill("SIGTERM");
  const { stdout, code } = await running.ended;
  expect(code).toBe(130);
  const [, told = ""] = stdout.split("watching for changes\n");
  expect(told.replaceAll(/\d+(\.\d+)?m?s/g, "0ms")).toBe(
    "── data/a.txt changed\n" +
      "ran      upper[a.txt]  0ms  data/a.txt changed\n" +
      "ran      all  0ms  build/a.up changed\n" +
      "ran 2, restored 0, fresh 1, failed 0 in 0ms (saved 0ms)\n",
  );
});

test("--once-ready starts a command when all is well, and ends it with watch", async () => {
  rig.manifest(`export const check = task(sh\`grep -q good \${file("check.txt")}\`);`);
  rig.write("check.txt", "bad");
  const watching = new Watching(rig, "--once-ready", `echo $$ > pid; ${rig.held("server")}`);
  await watching.quiet();
  expect(rig.exists("pid")).toBe(false);
  rig.write("check.txt", "good");
  const server = await rig.waitFor("server");
  expect(await watching.stop()).toBe(130);
  await server.gone;
  expect(existsSync(`/proc/${readFileSync(rig.path("pid"), "utf8").trim()}`)).toBe(false);
});
