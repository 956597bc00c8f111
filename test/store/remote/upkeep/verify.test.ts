import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FaultServer } from "../../../support/fault-server.ts";
import type { Rig } from "../../../support/rig.ts";
import type { SharedDirectory } from "../../../support/shared-directory.ts";
import {
  type Checkouts,
  cache,
  cacheJson,
  makeKeys,
  runShared,
  sharedForEachTest,
} from "../../../support/shared-runs.ts";

let shared: SharedDirectory;
let checkouts: Checkouts;
sharedForEachTest((made) => {
  ({ shared, checkouts } = made);
});

const PIPELINE = `
export const small = task(sh\`head -c 70000 /dev/zero > \${out("b/small")}; echo said\`);
export const large = task(sh\`head -c 300000 /dev/zero > \${out("b/large")}\`);
export const tree = task(sh\`mkdir -p \${out("b/tree/")}/x && seq 1 12000 > b/tree/x/one && seq 20000 30000 > b/tree/two\`);
export const dep = task(sh\`cat in > \${out("b/dep")}; echo "b/dep: in" > \${depfile("b/dep.d")}\`);
`;
const FILES = { in: "in\n" };

interface Flaws {
  readonly flaws: readonly { readonly kind: string; readonly task?: string; readonly why: string }[];
}

function flawsOf({ flaws }: Flaws): readonly string[] {
  return flaws.map(({ kind, task, why }) => `${kind} ${task}: ${why}`).sort();
}

async function filled(manifest = PIPELINE, env: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const rig = await checkouts.make(manifest, FILES);
  expect(await runShared(rig, { INC_REMOTE: shared.url, ...env })).toMatchObject({ code: 0, warnings: [] });
  return rig;
}

test.each(["ls", "verify"])("%s of a directory that is not there says so", async (command) => {
  const rig = await checkouts.make("");
  const { code, stdout, stderr } = await cache(rig, [command, "--remote", `${shared.url}/mistyped`]);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("/mistyped is a directory that is not there");
});

test("a sound place is sound, and each kind of damage is named with its task", async () => {
  const rig = await filled();
  const env = { INC_REMOTE: shared.url };
  const sound = await cache(rig, ["verify"], env);
  expect([sound.code, sound.stderr, sound.stdout]).toEqual([
    0,
    "",
    expect.stringMatching(/^read 9 records and 3 blobs in .*: all is sound\n$/),
  ]);
  const large = readFileSync(shared.blobOf("large"));
  large[large.length - 1] = (large.at(-1) as number) ^ 1;
  writeFileSync(shared.blobOf("large"), large);
  rmSync(shared.blobOf("small"));
  rmSync(shared.packsOf("tree")[0] as string);
  shared.forge("dep", (text) => text.slice(0, -20));
  const damaged = await cache(rig, ["verify"], env);
  expect(damaged.code).toBe(1);
  expect(damaged.stdout).toMatch(/: 5 flaws\n$/);
  expect(flawsOf(await cacheJson<Flaws>(rig, ["verify"], env))).toEqual([
    expect.stringMatching(/^object undefined: gave (bytes that cannot be unpacked|other bytes)/),
    expect.stringMatching(/^record large: gave (bytes that cannot be unpacked|other bytes)/),
    "record small: lacks something that the record names",
    "record tree: lacks something that the record names",
    "record undefined: gave a record that is cut off",
  ]);
  // Runs pass over all that.
  expect(await runShared(await checkouts.make(PIPELINE, FILES), env)).toMatchObject({ code: 0 });
  expect(await cacheJson<Flaws>(rig, ["verify"], env)).toMatchObject({ flaws: [] });
});

test("signatures are checked by the keys that the manifest listed in the last run", async () => {
  const keys = makeKeys();
  const rig = await filled();
  rig.manifest(
    `${PIPELINE}export default config({ remote: { url: ${JSON.stringify(shared.url)}, keys: [${JSON.stringify(keys.public)}] } });`,
  );
  await runShared(rig, { INC_SIGNING_KEY: keys.private }, ["--force", "small", "dep"]);
  shared.forge("small", (text) => text.replace('"builder":{"builder":"', "$&x"));
  expect(flawsOf(await cacheJson<Flaws>(rig, ["verify"]))).toEqual([
    "record large: is not to be trusted: it is not signed",
    expect.stringMatching(/^record small: is not to be trusted: its signature by the key \w{16} is wrong$/),
    "record tree: is not to be trusted: it is not signed",
  ]);
});

test("of a server that cannot list, the results of this workspace are checked", async () => {
  const server = await FaultServer.start();
  try {
    const env = { INC_REMOTE: server.url };
    const rig = await filled(PIPELINE, env);
    const sound = await cache(rig, ["verify"], env);
    expect([sound.code, sound.stdout]).toEqual([
      0,
      expect.stringMatching(/^read 4 records and 3 blobs .*all is sound/),
    ]);
    const [path = "", bytes = Buffer.alloc(0)] = [...server.objects].find(([name]) => name.includes("/blobs/")) ?? [];
    server.objects.set(path, bytes.subarray(0, -1));
    expect(await cache(rig, ["verify"], env)).toMatchObject({ code: 1 });
    for (const command of ["ls", "prune"])
      expect((await cache(rig, [command, ...(command === "prune" ? ["--max-size", "1"] : [])], env)).stderr).toContain(
        "INC1055",
      );
    server.fault = (_, response) => response.writeHead(500).end() !== undefined;
    expect(await cache(rig, ["verify"], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not everything was checked"),
    });
  } finally {
    await server.close();
  }
});

test("ls shows what is there, by task, scope and fingerprint; stats what it did", async () => {
  const env = { GITHUB_RUN_ID: "99", GITHUB_RUN_NUMBER: "812", RUNNER_NAME: "big-1", GITHUB_REPOSITORY: "a/b" };
  const rig = await filled(PIPELINE, { ...env, INC_REMOTE_SCOPE: "pr/7" });
  await filled();
  const remote = { INC_REMOTE: shared.url };
  const all = await cache(rig, ["ls"], remote);
  expect(all.stdout.trim().split("\n")).toHaveLength(9);
  expect(all.stdout).toMatch(/^\d{4}-\d\d-\d\dT\S+ +\d+ B +main +[0-9a-f]{12} +\w+ +/m);
  expect(all.stdout).toMatch(/ 293 KiB +pr\/7 +[0-9a-f]{12} +large +GitHub Actions run 812 on big-1$/m);
  const entries = async (what: string): Promise<readonly { fingerprint: string }[]> =>
    (await cacheJson<{ entries: { fingerprint: string }[] }>(rig, ["ls", what], remote)).entries;
  expect(await entries("pr/7")).toHaveLength(4);
  expect(await entries("pr")).toHaveLength(4);
  expect(await entries("large")).toHaveLength(2);
  expect(await entries((await entries("large"))[0]?.fingerprint.slice(0, 9) ?? "")).toHaveLength(2);
  expect(await entries("nothing")).toEqual([]);
  const reader = await checkouts.make(PIPELINE, FILES);
  await runShared(reader, remote);
  const stats = await cache(reader, ["stats"], remote);
  expect(stats.stdout).toMatch(
    /^1 run with a shared cache since .*\n {2}looked up 4, found 4 \(100 %\): took .*\n {2}uploaded 0: gave 0 B\nfile:\S+ holds .*: 18 records, 3 blobs with .*\n {2}main +9 records .*\n {2}pr\/7 +9 records /,
  );
  const made = await cacheJson<{ runs: object }>(rig, ["stats"], remote);
  expect(made.runs).toMatchObject({ runs: 1, hits: 0, misses: 4, uploaded: 4, saved: 0 });
});
