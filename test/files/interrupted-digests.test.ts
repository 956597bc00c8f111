import { readdirSync, symlinkSync, truncateSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import type { Outcome, Running } from "../support/running.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.create();
});
afterEach(() => rig.close());

const MIB = 1024 ** 2;
const GIB = 1024 * MIB;

/** A sparse file: it takes no room on the disk, but a long time to digest. */
function large(path: string, bytes: number): void {
  rig.write(path, "");
  truncateSync(rig.path(path), bytes);
}

/** Interrupts a run once it has printed a text. The digest would take minutes: the run ends soon only if it heeds the signal. */
async function interrupted(running: Running, said = "run-started"): Promise<Outcome> {
  await running.printed(said);
  running.child.kill("SIGINT");
  return running.ended;
}

test("an interrupt ends a run that digests a large input", async () => {
  rig.manifest(`export const t = task(sh\`wc -c < \${file("large")} > \${out("out")}\`);`);
  large("large", 256 * GIB);
  const { code, stdout } = await interrupted(rig.start(["run", "--json"]));
  expect(code).toBe(130);
  expect(stdout).toContain('"task":"t","result":"skipped","reason":{"kind":"cancelled"}');
  expect(rig.exists("out")).toBe(false);
});

test("an interrupt ends a run that digests many files none of which is large", async () => {
  rig.manifest(`export const t = task(sh\`ls \${files("data/*")} > \${out("out")}\`);`);
  for (let i = 0; i < 512; i += 1) large(`data/${i}`, 400 * MIB);
  const { code, stdout } = await interrupted(rig.start(["run", "--json"]));
  expect(code).toBe(130);
  expect(stdout).toContain('"task":"t","result":"skipped","reason":{"kind":"cancelled"}');
});

test.each([
  ["a directory", 'task(sh`ls ${file("data")} > ${out("out")}`)'],
  ["what a symlink leads to", 'task(sh`ls ${file("link")} > ${out("out")}`)'],
  ["what a service reads", 'service(sh`sleep 1 # ${file("data/large")}`)'],
])("an interrupt ends a run that digests %s", async (_, declared) => {
  rig.manifest(`export const t = ${declared};`);
  large("data/large", 256 * GIB);
  symlinkSync("data/large", rig.path("link"));
  const { code } = await interrupted(rig.start(["run", "--json", "t"]));
  expect(code).toBe(130);
});

test("an interrupt ends the commands that run while a large input is digested", async () => {
  rig.manifest(`
    export const a = task(sh\`${rig.held("a")} && touch \${out("a")}\`);
    export const b = task(sh\`cat \${file("small")} > \${out("b")}\`);
    export const c = task(sh\`cat \${b} \${file("large")} > \${out("c")}\`);
  `);
  rig.write("small", "small\n");
  large("large", 256 * GIB);
  const running = rig.start(["run", "--json", "--jobs", "2"]);
  const { gone } = await rig.waitFor("a");
  const { code, stdout } = await interrupted(running, '"task":"b","result":"ran"');
  expect(code).toBe(130);
  expect(stdout).toContain('"task":"a","result":"cancelled"');
  await gone;
});

test("an interrupt ends a run that digests a large output, which does not become a result", async () => {
  rig.manifest('export const t = task(sh`truncate -s 256G ${out("made")}`);');
  const { code, stdout } = await interrupted(rig.start(["run", "--json"]), "attempt-ended");
  expect(code).toBe(130);
  expect(stdout).toContain('"task":"t","result":"cancelled"');
  expect(rig.exists("made")).toBe(false);
  expect(await rig.run("run", "--dry")).toMatchObject({ code: 0, stdout: expect.stringContaining("would run") });
});

test("an interrupt ends a run that copies a large output into the store, and leaves no part of it", async () => {
  rig.manifest('export const t = task(sh`mkdir -p ${out("made/")} && truncate -s 1G made/a`);');
  const running = rig.start(["run", "--json"], { env: { INC_DEBUG: "files" } });
  // The digest ends with this line; the copy follows.
  const { code, stdout } = await interrupted(running, "digest made/a");
  expect(code).toBe(130);
  expect(stdout).toContain('"task":"t","result":"cancelled"');
  expect(readdirSync(rig.path(".inc/tmp"))).toEqual([]);
});

test("inc trusts a digest from an interruptible read as any other", async () => {
  rig.manifest(`export const t = task(sh\`wc -c < \${file("data")}/large > \${out("out")}\`);`);
  large("data/large", 513 * MIB);
  expect(await rig.results()).toEqual(["t: ran"]);
  const again = await rig.start(["run", "--json"], { env: { INC_DEBUG: "files" } }).ended;
  expect(again.stdout).toContain('"fresh":1');
  expect(again.stderr).not.toContain("digest");
  large("data/large", 513 * MIB + 1);
  expect(await rig.results()).toEqual(["t: ran"]);
  large("data/large", 513 * MIB);
  expect(await rig.results()).toEqual(["t: restored"]);
});

test("an interrupt ends watch while its first run digests a large input", async () => {
  rig.manifest(`export const t = task(sh\`wc -c < \${file("large")} > \${out("out")}\`);`);
  large("large", 256 * GIB);
  const { code } = await interrupted(rig.start(["watch", "--json"]));
  expect(code).toBe(130);
});

test.each([
  ["status", ["status"], "decide"],
  ["why", ["why", "t"], "decide"],
])("an interrupt ends %s while it digests a large input", async (_, args, said) => {
  rig.manifest(`export const t = task(sh\`wc -c < \${file("large")} > \${out("out")}\`);`);
  large("large", 256 * GIB);
  const { signal } = await interrupted(rig.start(args, { env: { INC_DEBUG: "all" } }), said);
  expect(signal).toBe("SIGINT");
  expect(rig.exists(".inc/tmp") ? readdirSync(rig.path(".inc/tmp")) : []).toEqual([]);
});
