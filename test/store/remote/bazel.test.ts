import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRemote } from "../../../src/store/remote/address.ts";
import { decodeEntry, encodeEntry } from "../../../src/store/remote/backends/bazel-entry.ts";
import type { FaultServer } from "../../support/fault-server.ts";
import type { Rig } from "../../support/rig.ts";
import { Checkouts, ran, runShared, type SharedRun } from "../../support/shared-runs.ts";
import { startBazelDouble } from "./bazel-double.ts";

/** `mixed` compresses to three quarters, so that its length is not known when its upload begins. */
const PIPELINE = `
const bytes = 'process.stdout.write(require("crypto").createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(N)).toString(ENCODING), ENCODING)';
export const small = task(sh\`cat \${file("a.txt")} > \${out("build/small")}; echo said\`);
export const mixed = task(sh\`node -e \${bytes.replace("N", "3000000").replaceAll("ENCODING", '"base64"').replace(', "base64")', ")")} > \${out("build/mixed")}\`);
export const noise = task(sh\`node -e \${bytes.replace("N", "1000000").replaceAll("ENCODING", '"latin1"')} > \${out("build/noise")}\`);
export const tree = task(sh\`mkdir -p \${out("build/tree/")} && for i in 1 2 3; do echo $i > build/tree/$i; done\`);
`;
const FILES = { "a.txt": "a\n" };
const TASKS = ["mixed", "noise", "small", "tree"];

let checkouts: Checkouts;

beforeEach(() => {
  checkouts = new Checkouts();
});

afterEach(() => checkouts.close());

function run(rig: Rig, address: string): Promise<SharedRun> {
  return runShared(rig, { INC_REMOTE: address });
}

async function expectShared(writer: string, reader: string): Promise<void> {
  const first = await checkouts.make(PIPELINE, FILES);
  const made = await run(first, writer);
  expect(made).toMatchObject({ code: 0, messages: [] });
  expect(ran(made)).toEqual(TASKS);
  const second = await checkouts.make(PIPELINE, FILES);
  const taken = await run(second, reader);
  expect(taken).toMatchObject({ code: 0, messages: [], results: TASKS.map((task) => `${task}: restored`) });
  for (const path of ["build/mixed", "build/noise", "build/small", "build/tree/2"])
    expect(readFileSync(second.path(path)).equals(readFileSync(first.path(path))), path).toBe(true);
}

const KINDS = [
  ["looks into its entries", true],
  ["does not look into its entries", false],
] as const;

describe.each(KINDS)("a server of Bazel's protocol that %s", (_, looks) => {
  let server: FaultServer;

  beforeEach(async () => {
    server = await startBazelDouble(looks);
  });

  afterEach(() => server.close());

  test.each(["", "team/", "team/inc"])("shares results by its paths and digests, as instance %o", async (instance) => {
    const address = `bazel+${server.url}${instance}`;
    await expectShared(address, address);
    const long = [...server.objects.keys()].filter((path) => path.includes("/cas/"));
    // Only these are longer than an entry may be.
    expect(long).toHaveLength(2);
  });

  test("takes what machines upload at once", async () => {
    const rigs = await Promise.all([1, 2, 3].map(() => checkouts.make(PIPELINE, FILES)));
    const runs = await Promise.all(rigs.map((rig) => run(rig, `bazel+${server.url}`)));
    expect(runs.map(({ code, messages }) => [code, messages])).toEqual(Array(3).fill([0, []]));
    expect(ran(await run(await checkouts.make(PIPELINE, FILES), `bazel+${server.url}`))).toEqual([]);
  });

  test("lets anyone read, and a writer without a password makes its results, with one warning", async () => {
    const rules = server.fault;
    server.fault = (request, response, stored) => {
      const isWriter = request.headers.authorization === `Basic ${Buffer.from("ci:s3cret").toString("base64")}`;
      if (request.method !== "PUT" || isWriter) return rules(request, response, stored);
      request.resume();
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
      return true;
    };
    const address = `bazel+${server.url}`;
    const refused = await run(await checkouts.make(PIPELINE, FILES), address);
    expect(refused).toMatchObject({ code: 0, warnings: ["INC4227"] });
    await expectShared(address.replace("//", "//ci:s3cret@"), address);
  });
});

describe("a server of Bazel's protocol", () => {
  let server: FaultServer;
  let address: string;

  beforeEach(async () => {
    server = await startBazelDouble(false);
    address = `bazel+${server.url}`;
  });

  afterEach(() => server.close());

  const pathsOf = (kind: "ac" | "cas"): readonly string[] =>
    [...server.objects.keys()].filter((path) => path.startsWith(`/${kind}/`));

  test("a long object that is there already is not sent again", async () => {
    await run(await checkouts.make(PIPELINE, FILES), address);
    for (const path of pathsOf("ac")) server.objects.delete(path);
    server.requests.length = 0;
    await run(await checkouts.make(PIPELINE, FILES), address);
    expect(server.requests.filter((line) => line.startsWith("PUT /cas/"))).toEqual([]);
    expect(ran(await run(await checkouts.make(PIPELINE, FILES), address))).toEqual([]);
  });

  test("an object that was evicted is made and shared anew, though its entry is still there", async () => {
    await run(await checkouts.make(PIPELINE, FILES), address);
    for (const path of pathsOf("cas")) server.objects.delete(path);
    const again = await run(await checkouts.make(PIPELINE, FILES), address);
    expect(again).toMatchObject({ code: 0, messages: [] });
    expect(ran(again)).toEqual(["mixed", "noise"]);
    expect(ran(await run(await checkouts.make(PIPELINE, FILES), address))).toEqual([]);
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ["of Bazel itself", () => Buffer.from([0x12, 0x07, 0x0a, 0x05, ...Buffer.from("a.txt")])],
    ["without an end", () => Buffer.alloc(300_000, 0x2a)],
    ["cut off", (bytes) => bytes.subarray(0, bytes.length - 5)],
    ["that is a page", () => Buffer.from("<html>Sign in</html>")],
    ["of nothing", () => Buffer.alloc(0)],
  ])("an entry %s is a miss with one warning, and is replaced", async (_, spoil) => {
    await run(await checkouts.make(PIPELINE, FILES), address);
    for (const path of pathsOf("ac")) server.objects.set(path, spoil(server.objects.get(path) as Buffer));
    const spoilt = await run(await checkouts.make(PIPELINE, FILES), address);
    expect(spoilt).toMatchObject({ code: 0, warnings: ["INC4228"] });
    expect(ran(spoilt)).toEqual(TASKS);
    // The entries of bytes are read once those of records are sound.
    expect(await run(await checkouts.make(PIPELINE, FILES), address)).toMatchObject({ code: 0, warnings: ["INC4228"] });
    expect(await run(await checkouts.make(PIPELINE, FILES), address)).toMatchObject({
      messages: [],
      results: TASKS.map((task) => `${task}: restored`),
    });
  });
});

describe("entries", () => {
  const long = { sha256: "ab".repeat(32), size: 5 * 1024 ** 4 };

  test("come back as they were, with what a server added", () => {
    const worker = Buffer.from([0x4a, 0x03, 0x0a, 0x01, 0x78, 0x20, 0x00]);
    expect(decodeEntry(Buffer.concat([encodeEntry(long, "v1/blobs/ab"), worker]))).toEqual(long);
    const inline = Buffer.alloc(300, 7);
    const short = { inline, size: 300 };
    expect(decodeEntry(Buffer.concat([worker, encodeEntry(short, "v1/blobs/ab")]))).toEqual(short);
  });

  test("no beginning of one is taken for another", () => {
    const whole = encodeEntry(long, "v1/blobs/ab");
    for (let length = 0; length < whole.length; length += 1)
      expect(() => decodeEntry(whole.subarray(0, length)), String(length)).toThrow("gave an entry that no inc wrote");
  });
});

test.each([
  ["bazel+https://u:p@host/x", "bazel+https://host/x/"],
  ["BAZEL+HTTP://host", "bazel+http://host/"],
])("the address %s is shown as %s", (given, shown) => {
  expect(parseRemote(given, undefined)).toMatchObject({ kind: "bazel", text: shown });
});

test.each([
  ["bazel+file:///x", 'inc knows no "bazel+file:" addresses'],
  ["bazel+s3://x", 'inc knows no "bazel+s3:" addresses'],
  ["bazel+https://host/?a=1", "it has a query"],
  ["bazel+", "it is no URL"],
])("the address %s cannot be used", (given, why) => {
  expect(parseRemote(given, undefined)).toBe(why);
});
