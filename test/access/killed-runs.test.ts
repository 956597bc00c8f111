import { afterEach, describe, expect, it } from "vitest";
import { treeMembers } from "../../src/host/process/tree.ts";
import { Rig } from "../support/rig.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

/** A workspace with a finished task, and one whose run was killed while its command is held. */
async function killed(): Promise<{ rig: Rig; orphan: { readonly gone: Promise<void> } }> {
  const made = await Rig.create();
  rig = made;
  made.manifest(
    `export const done = task(sh\`echo done > \${out("done.txt")}\`);\nexport const torn = task(sh\`echo half > \${out("torn.txt")}; ${made.held("orphan")}\`);`,
  );
  expect((await made.run("run", "done")).code).toBe(0);
  expect((await made.run("run", "done")).stdout).toContain("fresh 1");
  const run = made.start(["run"]);
  const orphan = await made.waitFor("orphan");
  run.child.kill("SIGKILL");
  await run.ended;
  expect(made.exists("torn.txt")).toBe(true);
  return { rig: made, orphan };
}

describe("a run that was killed", () => {
  it("is cleaned up by a run that has nothing to do", async () => {
    const { rig, orphan } = await killed();
    const next = await rig.run("run", "done");
    expect(next).toMatchObject({ code: 0, stderr: "" });
    expect(next.stdout).toContain("ran 0, restored 0, fresh 1");
    await orphan.gone;
    expect(rig.exists("torn.txt")).toBe(false);
    expect((await rig.run("run", "done")).stdout).toContain("fresh 1");
  });

  it("is cleaned up by a run that a watch answers with fresh", async () => {
    rig = await Rig.create();
    rig.manifest(
      `export const done = task(sh\`echo done > \${out("done.txt")}\`);\nexport const torn = task(sh\`echo half > \${out("torn.txt")}; ${rig.held("orphan")}\`);`,
    );
    const watch = rig.start(["watch", "done"]);
    await watch.printed("watching");
    const run = rig.start(["run", "torn"]);
    const orphan = await rig.waitFor("orphan");
    run.child.kill("SIGKILL");
    await run.ended;
    expect((await rig.run("run", "done")).code).toBe(0);
    await orphan.gone;
    expect(rig.exists("torn.txt")).toBe(false);
    watch.child.kill("SIGINT");
    expect((await watch.ended).code).toBe(130);
  });

  it("leaves behind no process that forked its commands", async () => {
    rig = await Rig.create();
    const few = Array.from(
      { length: 60 },
      (_, i) => `export const t${i} = task(sh\`echo $PPID > \${out("b/${i}")}\`);\n`,
    );
    rig.manifest(
      `${few.join("")}export const torn = task(sh\`echo $PPID > \${out("torn.txt")}; ${rig.held("orphan")}\`, { after: [${few.map((_, i) => `t${i}`)}] });`,
    );
    const run = rig.start(["run", "-j2"]);
    const orphan = await rig.waitFor("orphan");
    const forker = Number(rig.read("torn.txt"));
    expect(forker).not.toBe(run.child.pid);
    run.child.kill("SIGKILL");
    await run.ended;
    expect((await rig.run("run", "t0")).code).toBe(0);
    await orphan.gone;
    while (treeMembers(forker, undefined).length > 0) await new Promise(setImmediate);
  });

  it("a run with nothing to do does not wait for a run in progress", async () => {
    rig = await Rig.create();
    rig.manifest(
      `export const done = task(sh\`echo done > \${out("done.txt")}\`);\nexport const slow = task(sh\`${rig.held("slow")}\`);`,
    );
    expect((await rig.run("run", "done")).code).toBe(0);
    const run = rig.start(["run", "slow"]);
    const slow = await rig.waitFor("slow");
    expect((await rig.run("run", "done")).stdout).toContain("fresh 1");
    slow.release();
    expect((await run.ended).code).toBe(0);
  });
});
