import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { OBJECTS } from "../versions/put/conflicts-pipeline.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("openStore puts, reads, reports conflicts and subscribes", async () => {
  rig.manifest(OBJECTS);
  mkdirSync(rig.path("node_modules"));
  symlinkSync(new URL("../..", import.meta.url).pathname, rig.path("node_modules/inc-run"));
  writeFileSync(
    rig.path("use.mjs"),
    `import { ConflictError, openStore } from "inc-run";
     const store = await openStore();
     const heard = [];
     const following = (async () => { for await (const v of store.subscribe({ names: ["first"], since: 0 })) { heard.push(v.n); if (v.n === 2) break; } })();
     const one = await store.put("first", "1", { ifVersion: 0, message: "hello" });
     await store.put("first", "2", { ifVersion: one.n });
     const conflict = await store.put("first", "3", { ifVersion: one.n }).catch((error) => error);
     await following;
     await store.put("count", "1"); await store.put("count", "5"); await store.put("count", "2", { ifVersion: 1 });
     console.log(JSON.stringify([conflict instanceof ConflictError, conflict.code, conflict.latest.n, heard,
       Buffer.from(store.read(store.version("first"))).toString(), store.version("first", 1).message,
       Buffer.from(store.read(store.version("count"))).toString(), store.version("none") ?? null]));
     await store.close();`,
  );
  const { spawnSync } = await import("node:child_process");
  const { stdout, stderr } = spawnSync(process.execPath, ["use.mjs"], { cwd: rig.root, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual([true, "INC3010", 2, [1, 2], "2", "hello", "6", null]);
});

test("a subscriber receives a version within 20 ms of its commit, by median", async () => {
  rig.manifest(OBJECTS);
  mkdirSync(rig.path("node_modules"));
  symlinkSync(new URL("../..", import.meta.url).pathname, rig.path("node_modules/inc-run"));
  // Two processes with one clock: one prints when its put has resolved, the other when it receives the version.
  const script = (body: string): string =>
    `import { openStore } from "inc-run"; const store = await openStore();\n${body}`;
  rig.write(
    "hear.mjs",
    script(
      'console.log("ready"); for await (const { n } of store.subscribe({ names: ["first"], since: 0 })) { console.log(n, String(process.hrtime.bigint())); if (n === 40) break; } await store.close();',
    ),
  );
  rig.write(
    "tell.mjs",
    script(
      'for (let i = 1; i <= 40; i += 1) { const { n } = await store.put("first", String(i)); console.log(n, String(process.hrtime.bigint())); } await store.close();',
    ),
  );
  const { spawn } = await import("node:child_process");
  const start = (file: string) => {
    const child = spawn(process.execPath, [file], { cwd: rig.root, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += String(chunk);
    });
    const ready = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
    return { ready, ended: new Promise<string>((resolve) => child.once("close", () => resolve(text))) };
  };
  const hearing = start("hear.mjs");
  await hearing.ready;
  const told = await start("tell.mjs").ended;
  const times = (text: string): Map<string, bigint> =>
    new Map([...text.matchAll(/^(\d+) (\d+)$/gm)].map(([, n = "", time = ""]) => [n, BigInt(time)]));
  const [said, heard] = [times(told), times(await hearing.ended)];
  expect(heard.size).toBe(40);
  const delays = [...heard].map(([n, time]) => Number(time - (said.get(n) ?? 0n)) / 1e6).sort((a, b) => a - b);
  expect(delays[20]).toBeLessThan(20);
});
