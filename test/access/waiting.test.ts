import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("a second run waits for the first, names it, then finds everything fresh", async () => {
  rig.manifest(`export const t = task(sh\`${rig.held("t")}; echo hi > \${out("build/t")}\`);`);
  const first = rig.start(["run"]);
  const held = await rig.waitFor("t");
  const second = rig.start(["run"]);
  await second.printed(`${first.child.pid}`);
  held.release();
  expect((await first.ended).stdout).toContain("ran 1,");
  const { stdout, code } = await second.ended;
  expect(code).toBe(0);
  expect(stdout).toContain("ran 0, restored 0, fresh 1,");
});

test("--lock-wait bounds the waiting", async () => {
  rig.manifest(`export const t = task(sh\`${rig.held("t")}\`);`);
  const first = rig.start(["run"]);
  const held = await rig.waitFor("t");
  const second = await rig.run("run", "--lock-wait", "0");
  expect(second.code).toBe(2);
  expect(second.stderr).toContain('error INC3006: another run holds this workspace: "inc run"');
  held.release();
  await first.ended;
});

test("an interrupt ends the waiting for another run", async () => {
  rig.manifest(`export const t = task(sh\`${rig.held("t")}\`);`);
  const first = rig.start(["run"]);
  const held = await rig.waitFor("t");
  const second = rig.start(["run"]);
  await second.printed("waiting");
  second.child.kill("SIGINT");
  expect((await second.ended).code).toBe(130);
  held.release();
  expect((await first.ended).code).toBe(0);
});

test("a killed run leaves no lock; the next run ends its processes and runs its tasks again", async () => {
  rig.manifest(`export const t = task(sh\`o=\${out("build/t")}; echo torn > $o; ${rig.held("t")}; echo done > $o\`);`);
  const first = rig.start(["run"]);
  const held = await rig.waitFor("t");
  first.child.kill("SIGKILL");
  await first.ended;
  const second = rig.start(["run"]);
  const again = await rig.waitFor("t");
  await held.gone;
  again.release();
  expect((await second.ended).stdout).toContain("ran 1,");
  expect(rig.read("build/t")).toBe("done\n");
});

test("a damaged store is set aside, and the run goes on", async () => {
  rig.write("in.txt", "a\n");
  rig.manifest('export const t = task(sh`cp ${file("in.txt")} ${out("build/t")}`);');
  await rig.run("run");
  rig.write(".inc/data.mdb", Buffer.alloc(8192, 7));
  rig.write("in.txt", "b\n");
  const { code, stdout } = await rig.run("run");
  expect(stdout).toContain("warning INC3003: the store was damaged");
  expect(code).toBe(0);
  expect(rig.read("build/t")).toBe("b\n");
});

test("a run that a task starts in its own workspace is refused, for it would wait for itself", async () => {
  rig.manifest(`export const t = task(sh\`\${tool(${JSON.stringify(process.execPath)})} ${rig.cli} run\`);`);
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain("error INC3007: a task started inc in the workspace of its own run");
});

test("inc removes a killed run's temporary files beside an output, and nothing else", async () => {
  rig.manifest('export const t = task(sh`echo hi > ${out("build/t")}`);');
  await rig.run("run");
  rig.write("build/.inc-0123456789abcdef", "half");
  const others = ["build/.inc-fedcba9876543210", "build/t.inc-12345", "build/t.inc-old/mine", "build/t.other"];
  for (const other of others) rig.write(other, "mine");
  rig.write(".inc/journal", '{"boot":"","token":"0123456789abcdef"}\n{"begin":"a","outputs":["build/t"]}\n');
  rig.write("build/t", "torn");
  expect(await rig.results()).toEqual(["t: restored"]);
  expect(rig.read("build/t")).toBe("hi\n");
  expect(rig.exists("build/.inc-0123456789abcdef")).toBe(false);
  expect(others.filter((other) => !rig.exists(other))).toEqual([]);
});
