import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Fault, FaultServer } from "../../support/fault-server.ts";
import { Checkouts, ran, runShared } from "../../support/shared-runs.ts";
import { MANY, manyOf } from "./many-files.ts";

let checkouts: Checkouts;
let server: FaultServer;

beforeEach(async () => {
  checkouts = new Checkouts();
  server = await FaultServer.start();
});

afterEach(async () => {
  await checkouts.close();
  await server.close();
});

/** The requests since the last look, without names. */
function asked(): readonly string[] {
  const kinds = server.requests.map((line) => line.replace(/(\w+) \/v1\/(\w+).*/, "$1 $2"));
  server.requests.length = 0;
  return kinds;
}

test("a small result is one look-up, and one upload with its name, and many small files are one pack", async () => {
  const env = { INC_REMOTE: server.url };
  const small = 'export const a = task(sh`echo a > ${out("build/a")}; echo said`);';
  await runShared(await checkouts.make(small), env);
  expect(asked()).toEqual(["GET records", "PUT records", "PUT records"]);
  expect(await runShared(await checkouts.make(small), env)).toMatchObject({ results: ["a: restored"] });
  expect(asked()).toEqual(["GET records"]);
  await runShared(await checkouts.make(MANY), env);
  expect(asked()).toEqual(["GET records", "HEAD blobs", "PUT blobs", "PUT records", "PUT records"]);
  const taken = await checkouts.make(MANY);
  expect(await runShared(taken, env)).toMatchObject({ results: ["many: restored"] });
  expect(asked()).toEqual(["GET records", "GET blobs"]);
  expect(readFileSync(taken.path("build/many/99")).equals(manyOf(99))).toBe(true);
});

test("a pack that is there is not sent again, whatever the task said", async () => {
  const env = { INC_REMOTE: server.url };
  await runShared(await checkouts.make(MANY), env);
  asked();
  await runShared(await checkouts.make(MANY.replace("echo said", "echo otherwise")), env);
  expect(asked()).toEqual(["GET records", "HEAD blobs", "PUT records", "PUT records"]);
});

test("of a pack that is here in part only the missing part is asked for", async () => {
  const env = { INC_REMOTE: server.url };
  const changed = MANY.replace("Buffer.alloc(16, i)", "Buffer.alloc(16, i === 99 ? 100 : i)");
  await runShared(await checkouts.make(changed), env);
  const rig = await checkouts.make(MANY);
  await runShared(rig, env);
  rig.manifest(changed);
  const ranges: (string | undefined)[] = [];
  server.fault = (request) => {
    if (request.method === "GET" && request.url?.includes("blobs")) ranges.push(request.headers.range);
    return false;
  };
  expect(await runShared(rig, env)).toMatchObject({ results: ["many: restored"] });
  expect(ranges).toEqual([expect.stringMatching(/^bytes=\d{6}-$/)]);
  expect(readFileSync(rig.path("build/many/99")).equals(manyOf(100))).toBe(true);
});

describe("a download that is cut off", () => {
  /** Three megabytes that cannot be compressed. */
  const BIG = `export const big = task(sh\`sleep 0.5; node -e 'process.stdout.write(require("crypto").createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(3000000)))' > \${out("build/big")}\`);`;
  const ranges: (string | undefined)[] = [];

  /** Ends each connection after so many bytes. @param change Of the headers. */
  function cutting(every: number, change: Readonly<Record<string, string>> = {}): Fault {
    return (request, response, stored) => {
      if (request.url?.includes("blobs") !== true || request.method !== "GET" || stored === undefined) return false;
      const { range } = request.headers;
      ranges.push(range);
      const from = change["accept-ranges"] === "none" ? 0 : Number(/\d+/.exec(range ?? "")?.[0] ?? 0);
      const rest = stored.subarray(from);
      response.writeHead(from > 0 ? 206 : 200, { "content-length": rest.length, "accept-ranges": "bytes", ...change });
      if (rest.length <= every) response.end(rest);
      else response.write(rest.subarray(0, every), () => response.destroy());
      return true;
    };
  }

  async function take(fault: Fault): Promise<readonly string[]> {
    const first = await checkouts.make(BIG);
    await runShared(first, { INC_REMOTE: server.url });
    ranges.length = 0;
    server.fault = fault;
    const second = await checkouts.make(BIG);
    const outcome = await runShared(second, { INC_REMOTE: server.url });
    expect(outcome.code).toBe(0);
    expect(readFileSync(second.path("build/big")).equals(readFileSync(first.path("build/big")))).toBe(true);
    return ran(outcome);
  }

  test("goes on where it ended", async () => {
    expect(await take(cutting(700_000))).toEqual([]);
    expect(ranges).toEqual([undefined, "bytes=700000-", "bytes=1400000-", "bytes=2100000-", "bytes=2800000-"]);
  });

  test("is given up when each connection brings next to nothing", async () => {
    expect(await take(cutting(10_000))).toEqual(["big"]);
    expect(ranges.length).toBe(5);
  });

  test("is given up where the server knows no ranges", async () => {
    expect(await take(cutting(1_500_000, { "accept-ranges": "none" }))).toEqual(["big"]);
    expect(ranges).toEqual([undefined]);
  });

  /** Cuts the first connection, and answers the next request in another way. */
  function cutThen(answer: (response: ServerResponse, stored: Buffer) => void): Fault {
    let isFirst = true;
    const cut = cutting(1_500_000);
    return (request, response, stored) => {
      if (request.url?.includes("blobs") !== true || request.method !== "GET" || stored === undefined) return false;
      if (isFirst) {
        isFirst = false;
        return cut(request, response, stored);
      }
      answer(response, stored);
      return true;
    };
  }

  test("is a miss when the server gives another range than was asked for", async () => {
    const wrong = cutThen((response, stored) => {
      const bytes = stored.subarray(0, -1_500_000);
      response.writeHead(206, { "content-length": bytes.length }).end(bytes);
    });
    expect(await take(wrong)).toEqual(["big"]);
  });

  test("goes on when the server gives everything again in place of the range", async () => {
    const all = cutThen((response, stored) => {
      response.writeHead(200, { "content-length": stored.length }).end(stored);
    });
    expect(await take(all)).toEqual([]);
  });
});

test("a pack that is gone is a miss: the task runs, and brings it again", async () => {
  const env = { INC_REMOTE: server.url };
  await runShared(await checkouts.make(MANY), env);
  for (const path of server.objects.keys()) if (path.includes("blobs")) server.objects.delete(path);
  expect(await runShared(await checkouts.make(MANY), env)).toMatchObject({ results: ["many: ran"], warnings: [] });
  expect(await runShared(await checkouts.make(MANY), env)).toMatchObject({ results: ["many: restored"] });
});

test("a record of another release is a miss without a warning, and is replaced", async () => {
  const env = { INC_REMOTE: server.url };
  const manifest = 'export const a = task(sh`echo a > ${out("build/a")}`);';
  await runShared(await checkouts.make(manifest), env);
  for (const [path, bytes] of server.objects)
    server.objects.set(path, Buffer.from(bytes.toString("latin1").replace("inc-record-3", "inc-record-2"), "latin1"));
  expect(await runShared(await checkouts.make(manifest), env)).toMatchObject({ results: ["a: ran"], warnings: [] });
  expect(await runShared(await checkouts.make(manifest), env)).toMatchObject({ results: ["a: restored"] });
});
