import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FaultServer } from "../../support/fault-server.ts";
import type { Rig } from "../../support/rig.ts";
import { ran, runShared } from "../../support/shared-runs.ts";
import { loseSmallBlobs } from "../../support/store.ts";
import { FILES, PIPELINE, Pushing, push, report, TASKS } from "./pushing.ts";

let pushing: Pushing;

beforeEach(() => {
  pushing = new Pushing();
});

afterEach(() => pushing.close());

test("what a run without the key made is signed and uploaded afterwards, once, and others take it", async () => {
  const rig = await pushing.made(pushing.signed(PIPELINE));
  expect(pushing.shared.tasks()).toEqual([]);
  // A token is for servers.
  const first = await push(rig, { ...pushing.key, INC_REMOTE_TOKEN: "unused" });
  expect([first.code, first.stderr]).toEqual([0, ""]);
  expect(first.stdout).toMatch(/^uploaded 4 results \(.*\) to file:\S+, 0 were there\n$/);
  expect(pushing.shared.tasks()).toEqual(TASKS);
  expect(await report(rig, pushing.key)).toMatchObject({ uploaded: [], present: expect.arrayContaining(TASKS) });
  const reader = await pushing.checkouts.make(pushing.signed(PIPELINE), FILES);
  expect(await runShared(reader, {})).toMatchObject({
    warnings: [],
    results: TASKS.map((task) => `${task}: restored`),
  });
  expect(reader.read("build/all")).toBe("1\n1\n1\n");
  expect(pushing.shared.problems()).toEqual([]);
});

test("neither the manifest nor a task runs while the key is there", async () => {
  const spy = `
import { appendFileSync } from "node:fs";
appendFileSync("evaluated", "x");
${pushing.signed(`export const a = task(sh\`echo x >> ran; echo a > \${out("build/a")}\`);`)}`;
  const rig = await pushing.made(spy, {});
  const before = [rig.read("evaluated"), rig.read("ran")];
  // Not even when it is another one by now.
  rig.write("pipeline.ts", `${rig.read("pipeline.ts")}\nappendFileSync("evaluated", "again");\n`);
  expect(await push(rig, pushing.key)).toMatchObject({ code: 0 });
  expect([rig.read("evaluated"), rig.read("ran")]).toEqual(before);
  expect(pushing.shared.tasks()).toEqual(["a"]);
});

test("a job of its own pushes, with a checkout and the store of the job that built", async () => {
  const builder = await pushing.made(pushing.signed(PIPELINE));
  const pusher = await pushing.checkouts.make(pushing.signed(PIPELINE), FILES);
  cpSync(builder.path(".inc"), pusher.path(".inc"), { recursive: true });
  await builder.close();
  expect(await push(pusher, pushing.key)).toMatchObject({ code: 0, stderr: "" });
  expect(pusher.exists("build")).toBe(false);
  expect(ran(await runShared(await pushing.checkouts.make(pushing.signed(PIPELINE), FILES), {}))).toEqual([]);
});

test("named tasks are uploaded with what they need, and a wrong name is an error", async () => {
  const rig = await pushing.made(
    pushing.signed(`${PIPELINE}export const other = task(sh\`echo o > \${out("build/o")}\`);`),
  );
  expect(await push(rig, pushing.key, ["build/dep"])).toMatchObject({ code: 0 });
  expect(pushing.shared.tasks()).toEqual(["dep"]);
  expect(await push(rig, pushing.key, ["all"])).toMatchObject({ code: 0 });
  expect(pushing.shared.tasks()).toEqual(TASKS);
  const wrong = await push(rig, pushing.key, ["oter"]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean "other"?')]);
});

test("what was found in the store is uploaded, and what others made is not signed again", async () => {
  const maker = await pushing.made(pushing.signed(PIPELINE));
  await push(maker, pushing.key, ["app", "dep"]);
  const rig = await pushing.checkouts.make(pushing.signed(PIPELINE), FILES);
  expect(ran(await runShared(rig, {}))).toEqual(["all", "lib"]);
  rig.write("src.txt", "2\n");
  await runShared(rig, {});
  rig.write("src.txt", "1\n");
  expect(ran(await runShared(rig, {}))).toEqual([]);
  rmSync(`${pushing.shared.root}/v1`, { recursive: true });
  const pushed = await report(rig, pushing.key);
  expect(pushed.uploaded).toHaveLength(2);
  expect(pushed.leftOut).toEqual([
    { task: "app", why: "taken" },
    { task: "dep", why: "taken" },
  ]);
  expect(pushing.shared.tasks()).toEqual(["all", "lib"]);
});

test("what a run shares with nobody is not uploaded either, and it is said why", async () => {
  const rig = await pushing.checkouts.make(
    `
export const always = task(sh\`date +%N > \${out("build/now")}\`, { rerun: "always" });
export const secret = task(sh\`true\`, { env: { TOKEN: env("TOKEN", { secret: true }) } });
export const fails = task(sh\`exit 1\`);
export const format = task(sh\`touch src.txt\`, { mutates: ["src.txt"] });
export const good = task(sh\`echo good > \${out("build/good")}\`);
export const manual = task(sh\`echo m\`, { rerun: "manual" });
`,
    FILES,
  );
  await runShared(rig, { TOKEN: "hush-hush" }, ["-k"]);
  const { code, stdout } = await push(rig, { INC_REMOTE: pushing.shared.url });
  expect(code).toBe(0);
  expect(stdout.split("\n").slice(0, -2)).toEqual([
    "left out always: no result is shared of tasks that always run",
    "left out secret: no result is shared of tasks with a secret, which another store would not find",
    "left out manual: never ran here",
    "left out fails: failed last time",
    "left out format: not in the store",
  ]);
  expect(pushing.shared.tasks()).toEqual(["good"]);
});

test("bytes that are gone or damaged in the store are left out, damaged ones in the shared cache replaced", async () => {
  const rig = await pushing.made(pushing.signed(PIPELINE));
  await push(rig, pushing.key);
  // Of the other tasks, everything lies in their records.
  rmSync(`${pushing.shared.root}/v1/blobs`, { recursive: true });
  pushing.shared.forge("dep", (text) => text.replace('"scope":"main"', '"scope":"mine"'));
  expect((await report(rig, pushing.key)).uploaded.toSorted()).toEqual(["dep", "lib"]);
  expect(pushing.shared.problems()).toEqual([]);
  rmSync(`${pushing.shared.root}/v1`, { recursive: true });
  await loseSmallBlobs(rig);
  const gone = await report(rig, pushing.key);
  expect(gone.uploaded).toEqual([]);
  expect(gone.unusable.map(({ task }) => task).sort()).toEqual(TASKS);
  expect(pushing.shared.tasks()).toEqual([]);
});

describe("a shared cache that does not answer", () => {
  let server: FaultServer;
  beforeEach(async () => {
    server = await FaultServer.start();
  });
  afterEach(() => server.close());

  test("is an error, and the next time all is uploaded", async () => {
    const rig = await pushing.made(PIPELINE);
    const env = { INC_REMOTE: server.url };
    server.fault = (request, response) => {
      if (request.method !== "PUT" || !request.url?.includes("/records/")) return false;
      response.writeHead(503).end();
      return true;
    };
    const failed = await push(rig, env);
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringMatching(/INC4230.*answered 503.*; 4 of 4 results/)]);
    server.fault = () => false;
    expect((await report(rig, env)).uploaded.toSorted()).toEqual(TASKS);
  });

  test("is asked again after the pause that it asks for, and after a moment", async () => {
    const rig = await pushing.made(PIPELINE);
    let refusals = 0;
    server.fault = (_, response) => {
      refusals += 1;
      if (refusals > 2) return false;
      response.writeHead(refusals === 1 ? 429 : 500, refusals === 1 ? { "retry-after": "0" } : {}).end();
      return true;
    };
    expect(await push(rig, { INC_REMOTE: server.url })).toMatchObject({ code: 0, stderr: "" });
  });

  test("or refuses, ends it at once; one that takes nothing so large misses that result alone", async () => {
    const rig = await pushing.made(PIPELINE);
    server.fault = (_, response) => response.writeHead(401).end() !== undefined;
    const refused = await push(rig, { INC_REMOTE: server.url });
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("answered 401")]);
    server.fault = (request, response) => {
      if (Number(request.headers["content-length"] ?? 0) < 5000) return false;
      request.resume();
      response.writeHead(413).end();
      return true;
    };
    const noise = await pushing.made(
      `export const noise = task(sh\`head -c 200000 /dev/urandom > \${out("build/noise")}\`);\nexport const small = task(sh\`echo s > \${out("build/s")}\`);`,
    );
    const partly = await push(noise, { INC_REMOTE: server.url });
    expect(partly.code).toBe(1);
    expect(partly.stdout).toMatch(/^not uploaded noise: it is too large for the shared cache, which answered 413/);
    expect(partly.stdout).toContain("uploaded 1 result ");
  });
});

test("machines that upload the same at once all succeed", async () => {
  const manifest = pushing.signed(PIPELINE);
  const rigs: Rig[] = [];
  for (let i = 0; i < 4; i += 1) rigs.push(await pushing.made(manifest));
  const pushes = await Promise.all([...rigs, ...rigs].map((rig) => push(rig, pushing.key)));
  expect(pushes.map(({ code, stderr }) => `${code}${stderr}`)).toEqual(pushes.map(() => "0"));
  expect([pushing.shared.problems(), pushing.shared.tasks(), pushing.shared.files("tmp")]).toEqual([[], TASKS, []]);
});

test("a run in the same workspace and pushes at the same time do not disturb each other", async () => {
  const rig = await pushing.made(pushing.signed(PIPELINE));
  rig.manifest(
    pushing.signed(
      `${PIPELINE}export const slow = task(sh\`${rig.held("slow")}; cat \${all} > \${out("build/slow")}\`);`,
    ),
  );
  rig.write("src.txt", "2\n");
  const running = rig.start(["run"]);
  const held = await rig.waitFor("slow");
  const pushes = await Promise.all([push(rig, pushing.key), push(rig, pushing.key), push(rig, pushing.key)]);
  expect(pushes.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ""],
    [0, ""],
    [0, ""],
  ]);
  held.release();
  expect(await running.ended).toMatchObject({ code: 0 });
  expect(await push(rig, pushing.key)).toMatchObject({ code: 0 });
  expect(pushing.shared.problems()).toEqual([]);
  expect(pushing.shared.tasks()).toContain("slow");
});

test("a killed push leaves nothing torn, and the next one completes it", async () => {
  const preload = `--import=${fileURLToPath(new URL("../../support/kill-at-upload.mjs", import.meta.url))}`;
  const rig = await pushing.made(pushing.signed(PIPELINE));
  let killed = 0;
  for (let at = 1; ; at += 5) {
    const { signal } = await push(rig, { ...pushing.key, NODE_OPTIONS: preload, KILL_AT_UPLOAD: String(at) });
    expect(pushing.shared.problems()).toEqual([]);
    if (signal !== "SIGKILL") break;
    killed += 1;
  }
  expect(killed).toBeGreaterThan(3);
  expect(await push(rig, pushing.key)).toMatchObject({ code: 0 });
  expect(ran(await runShared(await pushing.checkouts.make(pushing.signed(PIPELINE), FILES), {}))).toEqual([]);
});
