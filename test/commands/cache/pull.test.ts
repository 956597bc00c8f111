import { expect, test } from "vitest";
import { FaultServer } from "../../support/fault-server.ts";
import type { SharedDirectory } from "../../support/shared-directory.ts";
import { type Checkouts, cache, cacheJson, ran, runShared, sharedForEachTest } from "../../support/shared-runs.ts";

let shared: SharedDirectory;
let checkouts: Checkouts;
sharedForEachTest((made) => {
  ({ shared, checkouts } = made);
});

const PIPELINE = `
export const gen = task(sh\`echo x >> ran; cat \${file("in")} > \${out("b/gen")}\`);
export const use = task(sh\`echo x >> ran; cat \${gen} > \${out("b/use")}\`);
export const lint = task(sh\`echo x >> ran\`, { inputs: [file("in")] });
export const other = task(sh\`echo x >> ran; cat \${file("in2")} > \${out("b/other")}\`);
export const always = task(sh\`echo x >> ran; date > \${out("b/now")}\`, { rerun: "always" });
export const manual = task(sh\`echo x >> ran\`, { rerun: "manual" });
`;
const FILES = { in: "1\n", in2: "2\n" };

test("brings what there is, so that a run without the shared cache finds it, and runs nothing", async () => {
  const env = { INC_REMOTE: shared.url };
  await runShared(await checkouts.make(PIPELINE, FILES), env);
  const rig = await checkouts.make(PIPELINE, FILES);
  const pulled = await cache(rig, ["pull"], env);
  expect([pulled.code, pulled.stderr, pulled.stdout]).toEqual([
    0,
    "",
    "always: nothing to take, as inc run decides anew each time\n4 results: 3 put in place, 1 were there, 0 missing\n",
  ]);
  expect([rig.read("b/use"), rig.exists("ran"), rig.exists("b/now")]).toEqual(["1\n", false, false]);
  expect(ran(await runShared(rig, { INC_REMOTE: "none" }))).toEqual(["always"]);
  expect(await cacheJson(rig, ["pull", "use"], env)).toEqual({
    restored: [],
    fresh: ["gen", "use"],
    missing: [],
    without: [],
  });
});

test("what is not found is left alone with what depends on it, and that is not 0", async () => {
  const env = { INC_REMOTE: shared.url };
  await runShared(await checkouts.make(PIPELINE, FILES), env);
  const rig = await checkouts.make(PIPELINE, { ...FILES, in: "changed\n" });
  const pulled = await cacheJson(rig, ["pull"], env);
  expect(pulled).toMatchObject({
    restored: ["other"],
    missing: [
      { task: "gen", why: "no result was found for it as it is now" },
      { task: "lint", why: "no result was found for it as it is now" },
      { task: "use", why: "gen was skipped" },
    ],
  });
  expect(await cache(rig, ["pull"], env)).toMatchObject({ code: 1 });
  expect(rig.exists("ran")).toBe(false);
  expect(await runShared(rig, { INC_REMOTE: "none" })).toMatchObject({ code: 0 });
  expect(rig.read("b/use")).toBe("changed\n");
});

test("units that are known once a value is brought are brought and counted, too", async () => {
  const env = { INC_REMOTE: shared.url };
  const pipeline = (more: string): string =>
    `
export const names = task(sh\`cat \${file("in")}\`, { value: "lines" });
export const made = each(names, (name) => task(sh\`echo \${name} \${more} > \${out(\`b/\${name}\`)}\`));`.replace(
      "${more}",
      more,
    );
  await runShared(await checkouts.make(pipeline(""), { in: "x\ny\n" }), env);
  const rig = await checkouts.make(pipeline(""), { in: "x\ny\n" });
  expect(await cacheJson(rig, ["pull"], env)).toEqual({
    restored: ["names", "made[x]", "made[y]"],
    fresh: [],
    missing: [],
    without: [],
  });
  const other = await checkouts.make(pipeline("more"), { in: "x\ny\n" });
  expect(await cache(other, ["pull"], env)).toMatchObject({ code: 1, stdout: expect.stringContaining("2 missing") });
});

test("a shared cache that is dead, or none, is an error; a wrong task, too", async () => {
  const server = await FaultServer.start();
  try {
    server.fault = (_, response) => response.writeHead(503).end() !== undefined;
    const rig = await checkouts.make(PIPELINE, FILES);
    const dead = await cache(rig, ["pull"], { INC_REMOTE: server.url });
    expect([dead.code, dead.stderr]).toEqual([1, expect.stringContaining("INC4225")]);
    expect(await cache(rig, ["pull"])).toMatchObject({ code: 2, stderr: expect.stringContaining("INC1054") });
    expect(await cache(rig, ["pull", "nothing"], { INC_REMOTE: server.url })).toMatchObject({ code: 2 });
    expect(rig.exists("ran")).toBe(false);
  } finally {
    await server.close();
  }
});

test("edits of outputs are preserved as by a run, and a file that inc did not make is not replaced", async () => {
  const env = { INC_REMOTE: shared.url };
  const first = await checkouts.make(PIPELINE, FILES);
  await runShared(first, env);
  first.write("b/gen", "mine\n");
  expect(await cache(first, ["pull"], env)).toMatchObject({ code: 0, stderr: expect.stringContaining("INC4211") });
  expect(first.read("b/gen")).toBe("1\n");
});

test.each(["SIGHUP", "SIGQUIT"] as const)("%s, as of a terminal that closes, ends it in order", async (signal) => {
  const server = await FaultServer.start();
  try {
    const asked = new Promise<void>((resolve) => {
      server.fault = () => {
        resolve();
        return true;
      };
    });
    const rig = await checkouts.make(PIPELINE, FILES);
    const pulling = rig.start(["cache", "pull"], { env: { INC_REMOTE: server.url } });
    await asked;
    pulling.child.kill(signal);
    expect(await pulling.ended).toMatchObject({ code: 130, signal: null });
    expect((await rig.run("run")).stderr).toBe("");
  } finally {
    await server.close();
  }
});
