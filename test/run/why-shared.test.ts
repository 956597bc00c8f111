import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { fingerprintOf } from "../../src/fingerprint/fingerprint.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { Description } from "../../src/model/description.ts";
import { pathInRemote } from "../../src/store/remote/backends/backend.ts";
import { type Envelope, openPayload, seal, unseal } from "../../src/store/remote/envelope.ts";
import { recentPayload, recentPlace, recentPlaces } from "../../src/store/remote/recent/recent.ts";
import { FaultServer } from "../support/fault-server.ts";
import type { Rig } from "../support/rig.ts";
import type { Outcome } from "../support/running.ts";
import type { SharedDirectory } from "../support/shared-directory.ts";
import { type Checkouts, cache, makeKeys, runShared, sharedForEachTest } from "../support/shared-runs.ts";
import { PLACES } from "./places.ts";

let shared: SharedDirectory;
let checkouts: Checkouts;
sharedForEachTest((made) => {
  ({ shared, checkouts } = made);
});

type Env = Readonly<Record<string, string>>;

const PIPELINE = `
export const app = task(sh\`cat \${files("src/**")} \${file("package-lock.json")} > \${out("build/app")}; echo $NODE_ENV\`, { env: { NODE_ENV: env("NODE_ENV") } });
export const test = task(sh\`cat \${app}\`);
`;
const FILES = { "package-lock.json": "1\n", "src/a/x": "x\n", "src/b/y": "y\n" };
const CI = { GITHUB_ACTIONS: "true", GITHUB_RUN_ID: "812", RUNNER_NAME: "runner-3", INC_REMOTE_SCOPE: "main" };

/** Runs `inc why` and leaves out digests and times. */
async function why(rig: Rig, args: readonly string[], env: Env = {}): Promise<Outcome> {
  const outcome = await rig.start(["why", ...args], { env }).ended;
  const stdout = outcome.stdout
    .replace(/[0-9a-f]{12}/g, "…")
    .replace(/ at \d{4}-\S+/g, " at TIME")
    .replace(/^ {2}(last attempt|taken from).*\n/m, "");
  return { ...outcome, stdout };
}

async function ci(env: Env, files: Env = FILES, manifest = PIPELINE): Promise<Rig> {
  const rig = await checkouts.make(manifest, files);
  const { code, stderr } = await runShared(rig, { ...CI, NODE_ENV: "production", ...env });
  if (code !== 0) throw new Error(stderr);
  return rig;
}

for (const [kind, start] of PLACES)
  test(`names what differs from the nearest result in ${kind}, and who made that`, async (context) => {
    if ("missing" in start) return context.skip(start.missing);
    const { url, reader, writer, stop } = await start();
    let isStopped = false;
    const end = async (): Promise<void> => {
      if (!isStopped) await stop();
      isStopped = true;
    };
    try {
      await ci({ INC_REMOTE: url, ...writer });
      await ci({ INC_REMOTE: url, ...writer }, { ...FILES, "src/a/x": "other\n", "src/a/z": "new\n" });
      const rig = await checkouts.make(PIPELINE, { ...FILES, "package-lock.json": "2\n", "src/b/y": "mine\n" });
      const { code, stdout } = await why(rig, ["test", "--remote", url], { NODE_ENV: "test", ...reader });
      expect(stdout).toBe(
        `test: would-run, app would run first
  because app: would-run, never ran before
  in ${url}: no result of app as it is now; the nearest of 2, made by GitHub Actions run 812 on runner-3 at TIME (main), differs from what is here in
    variable NODE_ENV  "production" → "test"
    file package-lock.json  … → …
    file src/b/y (in src/**)  … → …
`,
      );
      expect(code).toBe(0);
      // After it was made here, it is compared with what others made.
      await runShared(rig, { INC_REMOTE: url, NODE_ENV: "test", ...writer });
      expect((await why(rig, ["app", "--remote", url], { NODE_ENV: "test", ...reader })).stdout).toContain(
        "the result of app as it is now, made here; the nearest of 2 others, made by GitHub Actions run 812",
      );
      // One that does not answer any more is an error.
      await end();
      if (kind === "a directory") return;
      const dead = await why(rig, ["app", "--remote", url], { NODE_ENV: "test", ...reader });
      expect([dead.code, dead.stderr]).toEqual([1, expect.stringContaining("INC4230")]);
    } finally {
      await end();
    }
  });

test("after a miss it compares with what others made, and says so when there is a result", async () => {
  const env = { INC_REMOTE: shared.url };
  await ci(env);
  const rig = await checkouts.make(PIPELINE, FILES);
  await runShared(rig, { ...env, NODE_ENV: "test" });
  expect((await why(rig, ["app", "--remote"], { ...env, NODE_ENV: "test" })).stdout).toBe(
    `app: fresh, unchanged
  in ${shared.url}: the result of app as it is now, made here; the nearest of 1 others, made by GitHub Actions run 812 on runner-3 at TIME (main), differs from what is here in
    variable NODE_ENV  "production" → "test"
`,
  );
  expect((await why(rig, ["--remote", "app"], { ...env, NODE_ENV: "production" })).stdout).toMatch(
    /^ {2}in file:\S+: the result of app as it is now, made by GitHub Actions run 812 on runner-3 at TIME \(main\)\n$/m,
  );
  const { stdout } = await rig.start(["why", "app", "--remote", "--json"], { env: { ...env, NODE_ENV: "x" } }).ended;
  expect(JSON.parse(stdout)).toMatchObject([
    {
      status: { task: "app", result: "would-run" },
      shared: {
        address: shared.url,
        task: "app",
        nearest: { scope: "main", changes: [{ aspect: "env", name: "NODE_ENV", after: { value: "x" } }] },
        compared: 2,
      },
    },
  ]);
});

test("a result that was taken is no attempt of this workspace: it names who made it, and what differed before", async () => {
  const env = { INC_REMOTE: shared.url, NODE_ENV: "production" };
  await ci(env);
  await ci(env, { ...FILES, "src/a/x": "other\n" });
  const rig = await checkouts.make(PIPELINE, FILES);
  const said = async (): Promise<string> => {
    const { stdout } = await rig.start(["why", "app"], { env }).ended;
    return stdout.replace(/[0-9a-f]{12}/g, "…").replace(/\d{4}-\d\d-\S+, ok, \S+,/, "TIME, ok, TOOK,");
  };
  const taken = `app: fresh, unchanged
  taken from the shared cache: TIME, ok, TOOK, made by GitHub Actions run 812 on runner-3
`;
  await runShared(rig, env);
  expect(await said()).toBe(taken);
  rig.write("src/a/x", "other\n");
  expect((await runShared(rig, env)).results).toContain("app: restored");
  expect(await said()).toBe(`${taken}    file src/a/x (in src/**)  … → …\n`);
});

test("says when nothing is there, or can be: secrets are neither shared nor shown", async () => {
  const env = { INC_REMOTE: shared.url, TOKEN: "hunter2" };
  const body = `
export const plain = task(sh\`echo \${env("TOKEN")} > \${out("a")}\`);
export const hidden = task(sh\`true > \${out("b")}\`, { env: { TOKEN: env("TOKEN", { secret: true }) } });
export const always = task(sh\`date > \${out("c")}\`, { rerun: "always" });
export const place = task(sh\`echo >> d\`, { mutates: ["d"] });
`;
  const rig = await checkouts.make(body.replace(/^.*hidden.*$/m, ""), { d: "" });
  const said = async (task: string): Promise<string> => (await why(rig, [task, "--remote"], env)).stdout;
  expect(await said("plain")).toContain("no result of plain is known");
  await runShared(rig, { ...env, TOKEN: "other" });
  expect(await said("always")).toContain("nothing of always, as it always runs");
  expect(await said("place")).toContain("nothing of place, as it works in place");
  rig.manifest(body.replace(/^.*plain.*$/m, "").replaceAll("hidden", "plain"));
  const hidden = await said("plain");
  expect(hidden).toContain("nothing of plain, as it has a secret");
  expect(hidden).not.toContain("hunter2");
});

test("what is not to be trusted explains nothing, whoever names it", async () => {
  const keys = makeKeys();
  const signed = `${PIPELINE}\nexport default config({ remote: ${JSON.stringify({ url: shared.url, keys: [keys.public] })} });`;
  // An unsigned result, under the scope that is read, and a signed one of another scope.
  await ci({ INC_REMOTE: shared.url });
  const rig = await checkouts.make(signed, FILES);
  const distrusted = await why(rig, ["app", "--remote"]);
  expect(distrusted.stdout).toMatch(
    /no result of app is known\n {2}not compared: 1 record that no listed key signed\n$/,
  );
  await ci({ INC_SIGNING_KEY: keys.private, INC_REMOTE_SCOPE: "pr/7" }, FILES, signed);
  expect((await why(rig, ["app", "--remote"])).stdout).toBe(distrusted.stdout);
  await ci({ INC_SIGNING_KEY: keys.private }, { ...FILES, "src/a/x": "signed\n" }, signed);
  expect((await why(rig, ["app", "--remote"])).stdout).toContain("the nearest of 1, made by GitHub Actions run 812");
});

/** Puts a result under the fingerprint of another description, and names it, as whoever may write without a key can. */
function plant(change: (text: string) => string): void {
  const path = shared.recordOf("app");
  const text = openPayload(unseal(readFileSync(path)) as Envelope).fields as Record<string, unknown>;
  rmSync(path);
  const attempt = JSON.parse(JSON.stringify(text["attempt"])) as Record<string, unknown>;
  const description = JSON.parse(change(JSON.stringify(attempt["description"]))) as Description;
  const fingerprint = fingerprintOf(description, hasher);
  const of = { manifest: "pipeline.ts", task: "app" };
  const place = recentPlace(of, fingerprint, "main", hasher);
  const records = [
    [fingerprint, { ...text, fingerprint, attempt: { ...attempt, description, fingerprint } }],
    [place.fingerprint, recentPayload({ result: fingerprint, nodes: [] }, place)],
  ] as const;
  for (const [name, payload] of records) {
    const file = join(shared.root, "v1/records/main", name.slice(0, 2), name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, seal(payload, Buffer.alloc(0), undefined));
  }
}

test("a hostile record is passed over, or printed without what steers a terminal", async () => {
  const env = { INC_REMOTE: shared.url };
  for (const [change, said] of [
    [(text) => text.replace('"NODE_ENV":{', '"NODE\\u001b[2J_ENV":{'), "variable NODE\\u001b[2J_ENV  gone"],
    [(text) => text.replace(/"env":\{.*?\}\}/, '"env":{"NODE_ENV":7}'), "1 record that cannot be read"],
    [(text) => text.replace(/"sets":\{.*?\}/, '"sets":null'), "1 record that cannot be read"],
  ] as readonly [(text: string) => string, string][]) {
    rmSync(join(shared.root, "v1"), { recursive: true, force: true });
    await ci(env);
    plant(change);
    const rig = await checkouts.make(PIPELINE, FILES);
    const { code, stdout, stderr } = await why(rig, ["app", "--remote"], env);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(said);
    expect(stdout).not.toContain("\u001b");
  }
});

test("a record that is nested without end is damaged, whoever reads it", async () => {
  const env = { INC_REMOTE: shared.url };
  const deep = `${'{"type":"symlink","text":"x","target":'.repeat(50_000)}null${"}".repeat(50_000)}`;
  await ci(env);
  const rig = await checkouts.make(PIPELINE, FILES);
  shared.forge("app", (text) => text.replace('"files":{', `"files":{"deep":${deep},`));
  const { code, stdout, stderr } = await why(rig, ["app", "--remote"], env);
  expect([code, stdout, stderr]).toEqual([0, expect.stringContaining("1 record that cannot be read"), ""]);
  expect(await cache(rig, ["ls"], env)).toMatchObject({ code: 0, stderr: "" });
  expect(await runShared(rig, { ...env, NODE_ENV: "production" })).toMatchObject({ code: 0, warnings: ["INC4228"] });
});

test("a server that does not take the name of a result is sent no other, and nothing counts as not shared", async () => {
  const server = await FaultServer.start();
  try {
    const body = `
export const a = task(sh\`echo a > \${out("a")}\`);
export const b = task(sh\`cat \${a} > \${out("b")}\`);`;
    const env = { INC_REMOTE: server.url };
    let puts = 0;
    server.fault = ({ method }, response) => {
      if (method === "PUT") puts += 1;
      return method === "PUT" && puts === 2 && response.writeHead(403).end() !== undefined;
    };
    expect(await runShared(await checkouts.make(body), { ...env, INC_JOBS: "1" })).toMatchObject({ warnings: [] });
    expect(puts).toBe(3);
    const { results } = await runShared(await checkouts.make(body), env);
    expect(results).toEqual(["a: restored", "b: restored"]);
  } finally {
    await server.close();
  }
});

test("a server that hangs at the names of results costs neither a result nor a warning", async () => {
  const server = await FaultServer.start();
  try {
    const names = [...Array(12).keys()].map((i) => `t${i}`);
    const body = names
      .map((name) => `export const ${name} = task(sh\`echo ${name} > \${out("${name}")}\`);`)
      .join("\n");
    const places = names.flatMap((task) => recentPlaces({ manifest: "pipeline.ts", task }, "main", hasher));
    const paths = new Set(places.map((place) => `/${pathInRemote({ kind: "record", ...place })}`));
    let hung = 0;
    server.fault = ({ method, url = "" }) => {
      if (method !== "PUT" || !paths.has(url)) return false;
      hung += 1;
      return true;
    };
    const env = { INC_REMOTE: server.url };
    expect(await runShared(await checkouts.make(body), env)).toMatchObject({ code: 0, warnings: [] });
    expect(hung).toBeGreaterThan(0);
    expect(hung).toBeLessThanOrEqual(8);
    const { results } = await runShared(await checkouts.make(body), env);
    expect(results).toEqual(names.map((name) => `${name}: restored`).sort());
  } finally {
    await server.close();
  }
});

test("a shared cache that does not answer, or none, is an error", async () => {
  const server = await FaultServer.start();
  server.fault = (_, response) => response.writeHead(503).end() !== undefined;
  try {
    const rig = await checkouts.make(PIPELINE, FILES);
    const dead = await why(rig, ["app", "--remote", server.url]);
    expect([dead.code, dead.stdout, dead.stderr]).toEqual([1, "", expect.stringContaining("INC4230")]);
    const none = await why(rig, ["app", "--remote"]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("INC1054")]);
    expect(await why(rig, ["app"], { INC_REMOTE: server.url })).toMatchObject({ code: 0, stderr: "" });
  } finally {
    await server.close();
  }
});
