import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EventLines } from "../support/event-lines.ts";
import { Rig } from "../support/rig.ts";
import type { Running } from "../support/running.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.create();
});
afterEach(() => rig.close());

function watching(...args: string[]): { running: Running; exit: () => Promise<number> } {
  const running = rig.start(["watch", "--json", ...args]);
  const lines = new EventLines(running);
  const exit = async (): Promise<number> => {
    const last = (await lines.until("watch-quiet")).at(-1) as string;
    return (JSON.parse(last) as { exit: number }).exit;
  };
  return { running, exit };
}

test("watch reports failure while the manifest is broken, although the last good graph runs without a failure", async () => {
  const manifest = `export const a = task(sh\`cat \${file("in.txt")} > \${out("a.txt")}\`);`;
  rig.write("in.txt", "one\n");
  rig.manifest(manifest);
  const watch = watching("--once-ready", "echo ready >> ready");
  expect(await watch.exit()).toBe(0);
  rig.write("pipeline.ts", "export const a = ;\n");
  expect(await watch.exit()).toBe(2);
  rig.write("in.txt", "two\n");
  expect(await watch.exit()).toBe(2);
  expect(rig.read("a.txt")).toBe("two\n");
  rig.manifest(manifest);
  expect(await watch.exit()).toBe(0);
});

test.each(["pipeline.ts", "commands.ts"])(
  "watch reports the deletion of %s, even if everything was fresh",
  async (deleted) => {
    rig.write("commands.ts", `export const word = "one";\n`);
    rig.manifest(
      `import { word } from "./commands.ts";\nexport const a = task(sh\`echo \${word} > \${out("a.txt")}\`);`,
    );
    expect((await rig.run("run")).code).toBe(0);
    const watch = watching();
    expect(await watch.exit()).toBe(0);
    const text = rig.read(deleted);
    rig.remove(deleted);
    expect(await watch.exit()).toBe(2);
    await watch.running.printed(deleted === "pipeline.ts" ? "error INC1002: " : "commands.ts");
    rig.write(deleted, text);
    expect(await watch.exit()).toBe(0);
  },
);

test("results of a run with another environment are restored with a warning, edited outputs without one", async () => {
  rig.manifest(`export const a = task(sh\`echo $MODE > \${out("a.txt")}\`, { env: { MODE: env("MODE") } });`);
  const watch = rig.start(["watch"], { env: { MODE: "dev" } });
  await watch.printed("watching for changes");
  rig.write("a.txt", "by hand\n");
  await watch.printed("restored a  output a.txt differs");
  const other = await rig.start(["run"], { env: { MODE: "prod" } }).ended;
  expect(other).toMatchObject({ code: 0, stdout: expect.stringContaining("ran 1") as string });
  await watch.printed("start watch with the same");
  expect(rig.read("a.txt")).toBe("dev\n");
  watch.child.kill("SIGINT");
  expect((await watch.ended).stderr).toMatchInlineSnapshot(`
    "warning INC4403: "inc run" made different results of "a", and watch has restored its own
      note: that run had a different environment, parameters or options than this watch
      help: stop watch before such a run, or start watch with the same variables, --param and tasks
    "
  `);
});

describe("a published object", () => {
  const publish = async (content: string): Promise<void> => {
    rig.write("next.txt", content);
    expect((await rig.run("put", "rates", "next.txt")).code).toBe(0);
  };

  beforeEach(() => {
    rig.manifest(
      `export const rates = object("rates");
export const copy = task(sh\`cat \${rates} > \${out("copy.txt")}; ${rig.held("copy")}\`);
export const last = task(sh\`cat \${copy} > \${out("last.txt")}\`);`,
    );
  });

  test("cancels the attempt that reads the version before, even in the first run", async () => {
    await publish("one");
    const watch = watching();
    const first = await rig.waitFor("copy");
    await publish("two");
    await first.gone;
    (await rig.waitFor("copy")).release();
    expect(await watch.exit()).toBe(0);
    expect(rig.read("last.txt")).toBe("two");
    await publish("three");
    const second = await rig.waitFor("copy");
    await publish("four");
    await second.gone;
    (await rig.waitFor("copy")).release();
    while (rig.read("last.txt") !== "four") expect(await watch.exit()).toBe(0);
    expect((await rig.run("status")).stdout).toContain("2 of 2 fresh");
    expect((await rig.run("log", "copy.txt")).stdout).not.toContain("@3");
  });

  test("is read in its latest version by a task that was queued", async () => {
    rig.manifest(
      `export const rates = object("rates");
export const before = task(sh\`echo > \${out("before.txt")}; ${rig.held("before")}\`);
export const copy = task(sh\`echo \${before} >/dev/null; cat \${rates} | tee -a seen > \${out("copy.txt")}\`);`,
    );
    await publish("one\n");
    const watch = watching();
    const before = await rig.waitFor("before");
    await publish("two\n");
    before.release();
    expect(await watch.exit()).toBe(0);
    expect(rig.read("seen")).toBe("two\n");
  });

  test("cancels nothing with --no-cancel", async () => {
    await publish("one");
    const watch = watching("--no-cancel");
    const first = await rig.waitFor("copy");
    await publish("two");
    first.release();
    rig.open("copy");
    do expect(await watch.exit()).toBe(0);
    while (rig.read("last.txt") !== "two");
    expect((await rig.run("log", "copy.txt")).stdout).toContain("@2");
  });
});

const HAS_SCRIPT = spawnSync("script", ["--version"]).status === 0;
if (!HAS_SCRIPT) console.log("a closing terminal is not tried: there is no script(1)");

test.skipIf(!HAS_SCRIPT)("watch ends as by any signal when its terminal is closed (needs script)", async () => {
  rig.manifest("export const a = task(sh`true`);");
  const held = `node ${rig.path(".gate.mjs")} ended`;
  // A closing terminal signals the leader of its session, which must live on to see how watch ends.
  const line = `exec 3<&0; ${process.execPath} ${rig.cli} watch <&3 & pid=$!; trap 'kill -HUP $pid' HUP; wait $pid; wait $pid; echo $? > code; ${held}`;
  const child = spawn("script", ["-qfc", line, "/dev/null"], {
    cwd: rig.root,
    env: { PATH: process.env["PATH"], HOME: rig.root, SHELL: "/bin/sh", TERM: "xterm" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  while (!text.includes("watching for changes")) text += String((await once(child.stdout, "data"))[0]);
  child.kill("SIGKILL");
  (await rig.waitFor("ended")).release();
  expect(rig.read("code")).toBe("130\n");
});
