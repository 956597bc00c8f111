import { afterEach, beforeEach, expect, test } from "vitest";
import { hasher } from "../../../../src/host/files/hash.ts";
import { pathInRemote } from "../../../../src/store/remote/backends/backend.ts";
import { markPlace } from "../../../../src/store/remote/bundles/mark.ts";
import { FaultServer } from "../../../support/fault-server.ts";
import type { Rig } from "../../../support/rig.ts";
import { Checkouts, cache, makeKeys, ran, runShared, type SharedRun } from "../../../support/shared-runs.ts";
import { isBundle } from "./bundled.ts";

/** Nine results, of which one is made of what it does not declare. */
const pipeline = (keys?: readonly string[]): string => `
export const up = each(files("in/*"), (f) => task(sh\`cat \${f} > \${out(\`b/\${f.stem}\`)}\`));
export const odd = task(sh\`echo $ODD > \${out("odd")}\`, { inputs: [up], env: { ODD: env("ODD", { tracked: false }) } });
export default config({ ${keys === undefined ? "" : `remote: { keys: ${JSON.stringify(keys)} }`} });
`;
const FILES = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`in/f${i}`, `${i}\n`]));
const MARK = `/${pathInRemote({ kind: "record", ...markPlace("main", hasher) })}`;

let server: FaultServer;
let checkouts: Checkouts;

beforeEach(async () => {
  server = await FaultServer.start();
  checkouts = new Checkouts();
});

afterEach(async () => {
  await checkouts.close();
  await server.close();
});

type Env = Readonly<Record<string, string>>;

function run(rig: Rig, env: Env = {}, args: readonly string[] = []): Promise<SharedRun> {
  server.requests.length = 0;
  return runShared(rig, { INC_REMOTE: server.url, ...env }, args);
}

/** What a run that starts from nothing takes for the odd task. It makes nothing itself. */
async function taken(keys?: readonly string[]): Promise<string> {
  const rig = await checkouts.make(pipeline(keys), FILES);
  const outcome = await run(rig, { ODD: "made anew" });
  expect([outcome.code, outcome.warnings, ran(outcome)]).toEqual([0, [], []]);
  return rig.read("odd").trim();
}

/** How many objects the last run asked for. */
function asked(): number {
  return server.requests.filter((line) => line.startsWith("GET") && !line.endsWith(MARK)).length;
}

test("a result that is replaced by --force is what all find, though a bundle has the one before", async () => {
  const first = await checkouts.make(pipeline(), FILES);
  await run(first, { ODD: "wrong" });
  expect([await taken(), asked()]).toEqual(["wrong", 1]);
  expect((await run(first, { ODD: "right" }, ["--force", "odd"])).code).toBe(0);
  expect(first.read("odd")).toBe("right\n");
  // The next one asks for each record and writes the bundle anew.
  expect([await taken(), asked()]).toEqual(["right", 10]);
  expect([await taken(), asked()]).toEqual(["right", 1]);
});

test("a run during which a result is replaced writes no bundle with the one before", async () => {
  const first = await checkouts.make(pipeline(), FILES);
  await run(first, { ODD: "wrong" });
  const before = new Map(server.objects);
  await run(first, { ODD: "right" }, ["--force", "odd"]);
  const after = new Map(server.objects);
  const isOf = (path: string): boolean => !before.get(path)?.equals(after.get(path) as Buffer);
  const replaced = [...after.keys()].filter(isOf);
  expect(replaced).toContain(MARK);
  const [odd] = replaced.filter((path) => path !== MARK && after.get(path)?.includes('"kind":"result"'));
  for (const [path, bytes] of before) server.objects.set(path, bytes);
  // As if no bundle had been written yet.
  const bundles = [...before].filter(([path, bytes]) => isBundle(path, bytes));
  expect(bundles).toHaveLength(1);
  for (const [path] of bundles) server.objects.delete(path);
  server.fault = (request, response, stored) => {
    if (request.method !== "GET" || request.url !== odd) return false;
    // It is replaced as soon as it was read.
    for (const path of replaced) server.objects.set(path, after.get(path) as Buffer);
    response.writeHead(200, { "content-length": stored?.length ?? 0 }).end(stored);
    return true;
  };
  expect(await taken()).toBe("wrong");
  server.fault = () => false;
  expect(await taken()).toBe("right");
  expect(await taken()).toBe("right");
});

test("a mark that is gone, damaged or signed by a stranger makes no bundle count, and is replaced", async () => {
  const [keys, other] = [makeKeys(), makeKeys()];
  const signed = pipeline([keys.public]);
  const signing = { INC_SIGNING_KEY: keys.private };
  await run(await checkouts.make(signed, FILES), { ODD: "x", ...signing });
  expect([await taken([keys.public]), asked()]).toEqual(["x", 1]);
  const sound = server.objects.get(MARK) as Buffer;
  const stranger = await FaultServer.start();
  await runShared(await checkouts.make(pipeline(), FILES), {
    INC_REMOTE: stranger.url,
    INC_SIGNING_KEY: other.private,
  });
  const foreign = stranger.objects.get(MARK) as Buffer;
  await stranger.close();
  for (const mark of [undefined, Buffer.from("<html>"), sound.subarray(0, sound.length - 5), foreign]) {
    if (mark === undefined) server.objects.delete(MARK);
    else server.objects.set(MARK, mark);
    expect([await taken([keys.public]), asked()]).toEqual(["x", 10]);
    const writer = await checkouts.make(signed, FILES);
    expect(await run(writer, { ODD: "y", ...signing })).toMatchObject({ code: 0, warnings: [] });
    expect([await taken([keys.public]), asked()]).toEqual(["x", 1]);
  }
});

test("inc cache push replaces what a later attempt by --force made anew, and nothing else", async () => {
  const keys = makeKeys();
  const key = { INC_REMOTE: server.url, INC_SIGNING_KEY: keys.private };
  const first = await checkouts.make(pipeline([keys.public]), FILES);
  await run(first, { ODD: "wrong" });
  const second = await checkouts.make(pipeline([keys.public]), FILES);
  await run(second, { ODD: "other" });
  expect(await cache(first, ["push"], key)).toMatchObject({ code: 0 });
  // Another machine's result is as good as this one.
  expect(await cache(second, ["push"], key)).toMatchObject({ code: 0 });
  expect(await taken([keys.public])).toBe("wrong");
  await run(second, { ODD: "right" }, ["--force", "odd"]);
  expect(await cache(second, ["push"], key)).toMatchObject({ code: 0 });
  expect(await taken([keys.public])).toBe("right");
  // The first one has its own still, and does not put it back.
  expect(await cache(first, ["push"], key)).toMatchObject({ code: 0 });
  expect(await taken([keys.public])).toBe("right");
});
