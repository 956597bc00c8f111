import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test.each(["SIGINT", "SIGTERM"] as const)("%s ends every process of a task, then inc exits 130", async (signal) => {
  rig.manifest(`export const t = task(sh\`${rig.held("inner")} & ${rig.held("outer")}; wait\`);`);
  const running = rig.start(["run"]);
  const [inner, outer] = await Promise.all([rig.waitFor("inner"), rig.waitFor("outer")]);
  running.child.kill(signal);
  expect((await running.ended).code).toBe(130);
  await Promise.all([inner.gone, outer.gone]);
});

test("a failure cancels the running tasks, unless --keep-going is given", async () => {
  rig.manifest(`
export const bad = task(sh\`${rig.held("bad")}; exit 3\`);
export const long = task(sh\`${rig.held("long")}\`);
export const after = task(sh\`echo never\`, { after: [bad] });
`);
  const running = rig.start(["run", "-j", "2"]);
  const [bad, long] = await Promise.all([rig.waitFor("bad"), rig.waitFor("long")]);
  bad.release();
  const { code, stdout } = await running.ended;
  await long.gone;
  expect(code).toBe(1);
  expect(stdout).toContain("exit code 3");
  expect(stdout).toContain("failed 1, skipped 1, cancelled 1");
  const keeping = rig.start(["run", "-j", "2", "-k"]);
  const [badAgain, longAgain] = await Promise.all([rig.waitFor("bad"), rig.waitFor("long")]);
  badAgain.release();
  await keeping.printed("failed   bad");
  longAgain.release();
  expect((await keeping.ended).stdout).toContain("ran 1, restored 0, fresh 0, failed 1, skipped 1");
});

test("a timeout ends the whole tree of a task", async () => {
  rig.manifest(`export const t = task(sh\`${rig.held("t")} & wait\`, { timeout: "300ms" });`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  const { code, stdout } = await running.ended;
  await held.gone;
  expect(code).toBe(1);
  expect(stdout).toContain("timeout");
});

test("a failed task is tried again as often as `retries` allows", async () => {
  rig.manifest(
    'export const t = task(sh`echo x >> tries; test "$(wc -l < tries)" -ge 3; echo ok > ${out("build/t")}`, { retries: 2 });',
  );
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("tries")).toBe("x\nx\nx\n");
});

test("the files of a failed attempt are no result", async () => {
  rig.manifest('export const t = task(sh`echo half > ${out("build/t")}; exit 1`);');
  expect((await rig.run("run")).code).toBe(1);
  expect(rig.exists("build/t")).toBe(false);
  expect((await rig.run("run")).code).toBe(1);
});

test("an output that was not made fails the task", async () => {
  rig.manifest('export const t = task(sh`echo x > build/other; : ${out("build/t")}`);');
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain('error INC4302: task "t" succeeded, but did not make its output "build/t"');
});

test("inc does not replace a directory of foreign files by an output", async () => {
  rig.write("src/precious.txt", "mine\n");
  rig.manifest('export const t = task(sh`mkdir -p ${out("src/")}`);');
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain("error INC4204");
  expect(rig.read("src/precious.txt")).toBe("mine\n");
});

test("inc keeps a foreign file at an output as a version before it replaces it", async () => {
  rig.write("build/t", "precious\n");
  rig.manifest('export const t = task(sh`echo made > ${out("build/t")}`);');
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("build/t")).toBe("made\n");
  expect(rig.storeText()).toContain("precious\n");
});

test("a lost executable or an unreadable input is a failed task, not a crash", async () => {
  rig.manifest('export const t = task(exec([tool("no-such-program-anywhere")]));');
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain('error INC4202: task "t" needs the tool "no-such-program-anywhere"');
});

test("stdout closed early is no crash", async () => {
  rig.manifest("export const t = task(sh`echo hi`);");
  const running = rig.start(["run", "--json"]);
  running.child.stdout?.destroy();
  const { stderr } = await running.ended;
  expect(stderr).not.toContain("internal error");
});

test("a closed terminal ends the tasks as well", async () => {
  rig.manifest(`export const t = task(sh\`${rig.held("t")}\`);`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  running.child.kill("SIGHUP");
  expect((await running.ended).code).toBe(130);
  await held.gone;
});

test("an input that is no file fails its task, while other tasks run to their end", async () => {
  rig.manifest(`
export const long = task(sh\`${rig.held("long")}; echo done > \${out("build/long")}\`);
export const bad = task(sh\`cat \${file(".gate.sock")}\`, { after: [] });
`);
  const running = rig.start(["run", "-k", "-j", "2"]);
  (await rig.waitFor("long")).release();
  const { code, stdout } = await running.ended;
  expect(code).toBe(1);
  expect(stdout).toContain('error INC4102: ".gate.sock" is neither a file, a directory nor a symlink');
  expect(rig.read("build/long")).toBe("done\n");
});
