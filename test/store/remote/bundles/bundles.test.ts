import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Fingerprint } from "../../../../src/model/digest.ts";
import { type Envelope, openPayload, seal, unseal } from "../../../../src/store/remote/envelope.ts";
import { parsePrivateKey, type Signer } from "../../../../src/store/remote/trust/signing.ts";
import type { FaultServer } from "../../../support/fault-server.ts";
import type { Rig } from "../../../support/rig.ts";
import { cacheJson, makeKeys, ran } from "../../../support/shared-runs.ts";
import { Bundled, COUNT, EDITED, NOISE, ONE_BY_ONE, opened, placeOf, REACHED, sealed } from "./bundled.ts";

type Copy = readonly [Fingerprint, Buffer];

let bundled: Bundled;

beforeEach(async () => {
  bundled = await Bundled.start();
});

afterEach(() => bundled.close());

/** A run that starts from nothing takes all results, and none is worth a warning. */
async function expectAll(env: Readonly<Record<string, string>> = {}, keys?: readonly string[]): Promise<Rig> {
  const rig = await bundled.make(keys);
  const outcome = await bundled.run(rig, env);
  expect([outcome.code, outcome.warnings, ran(outcome)]).toEqual([0, [], []]);
  expect(rig.read("b/last")).toBe("F0\nF1\nF2\nF3\nF4\nF5\n");
  return rig;
}

describe("a run that starts from nothing", () => {
  test("asks for one object in place of each record, counts each hit, and writes nothing", async () => {
    const first = await bundled.make();
    expect(ran(await bundled.run(first))).toHaveLength(COUNT);
    expect(bundled.asked("PUT").filter((kind) => kind === "records")).toHaveLength(2 * COUNT + 2);
    expect(bundled.marked()).toEqual(["GET", "GET", "PUT"]);
    const second = await expectAll();
    expect([bundled.asked(), bundled.asked("PUT"), bundled.marked()]).toEqual([["blobs", "records"], [], ["GET"]]);
    const { runs } = await cacheJson<{ runs: object }>(second, ["stats"], { INC_REMOTE: bundled.server.url });
    expect(runs).toMatchObject({ hits: COUNT, misses: 0, uploaded: 0 });
  });

  test("brings no bytes that are to be left there", async () => {
    await bundled.run(await bundled.make());
    const rig = await bundled.make();
    expect(ran(await bundled.run(rig, { INC_REMOTE_DOWNLOAD: "minimal" }))).toEqual([]);
    expect([bundled.asked(), rig.exists("b/last"), rig.exists("b/noise")]).toEqual([["records"], true, false]);
    expect(ran(await bundled.run(rig))).toEqual([]);
    expect(rig.read("b/noise")).toBe(NOISE + NOISE);
  });

  test("finds what its bundle lacks, and writes it anew with that", async () => {
    await bundled.run(await bundled.make());
    const edited = await bundled.make();
    edited.write("in/f1.txt", "g1\n");
    const outcome = await bundled.run(edited);
    expect(ran(outcome)).toEqual(REACHED);
    expect(bundled.asked().filter((kind) => kind === "records")).toHaveLength(4);
    const again = await bundled.make(undefined, EDITED);
    expect(ran(await bundled.run(again))).toEqual([]);
    expect(bundled.asked()).toEqual(["blobs", "records"]);
    // One of the state before has its records all the same.
    await expectAll();
    expect(bundled.asked()).toEqual(["blobs", "records", "records", "records", "records"]);
  });

  test("has a bundle for what it was asked to do; one of few look-ups has none", async () => {
    const first = await bundled.make();
    await bundled.run(first);
    first.write("in/f1.txt", "g1\n");
    await bundled.run(first);
    expect([bundled.asked().length, bundled.asked("PUT").length]).toEqual([3, 6]);
    const named = await bundled.make();
    await bundled.run(named, {}, ["dep"]);
    expect(bundled.asked()).toHaveLength(2);
    const other = await bundled.make();
    expect(ran(await bundled.run(other, {}, ["last", "dep", "noise"]))).toEqual([]);
    expect([bundled.asked(), bundled.asked("PUT")]).toEqual([ONE_BY_ONE, ["records"]]);
  });
});

test("a pipeline that grows while it runs has one, though few of its tasks are known before", async () => {
  const grows = `
export const names = task(sh\`cat \${file("list")}\`, { value: "lines" });
export const made = each(names, (name) => task(sh\`echo \${name} > \${out(\`build/\${name}\`)}\`));
`;
  const files = { list: Array.from({ length: 9 }, (_, i) => `n${i}\n`).join("") };
  await bundled.run(await bundled.checkouts.make(grows, files));
  expect(ran(await bundled.run(await bundled.checkouts.make(grows, files)))).toEqual([]);
  expect(bundled.asked()).toEqual(["records"]);
});

describe("a bundle is only a copy", () => {
  let filled: ReadonlyMap<string, Buffer>;
  beforeAll(async () => {
    const first = await Bundled.start();
    await first.run(await first.make());
    filled = first.server.objects;
    await first.close();
  });
  beforeEach(() => {
    for (const [path, bytes] of filled) bundled.server.objects.set(path, bytes);
  });

  test.each<[string, (bytes: Buffer) => Buffer | undefined]>([
    ["is gone", () => undefined],
    ["is cut off", (bytes) => bytes.subarray(0, bytes.length - 10)],
    ["is of another version of inc", () => Buffer.from("inc-record-9 k s\n\u0000")],
    ["is something else", () => Buffer.from("<html>")],
    ["has no end", () => seal({ x: "x".repeat(40_000_000) }, Buffer.alloc(0), undefined)],
    ["is one of another scope", (bytes) => sealed(opened(bytes), { scope: "pr/7", fingerprint: placeOf(bytes) })],
  ])("one that %s is as good as none, and is replaced", async (_, change) => {
    const path = bundled.path();
    const bytes = change(bundled.server.objects.get(path) as Buffer);
    if (bytes === undefined) bundled.server.objects.delete(path);
    else bundled.server.objects.set(path, bytes);
    await expectAll();
    expect([bundled.asked(), bundled.asked("PUT")]).toEqual([ONE_BY_ONE, ["records"]]);
    expect(bundled.path()).toBe(path);
  });

  test("damaged, foreign and exchanged records in it are asked for by themselves", async () => {
    bundled.rewrite((records) => {
      const results = [...records].filter(([, bytes]) => bytes.includes('"kind":"result"'));
      const [[a, first], [b, second], [c], [d, cut]] = results as unknown as [Copy, Copy, Copy, Copy];
      records
        .set(a, second)
        .set(b, first)
        .set(c, Buffer.from("x"))
        .set(d, cut.subarray(0, cut.length / 2));
    });
    await expectAll();
    expect(bundled.asked()).toEqual(["blobs", ...Array(5).fill("records")]);
  });

  test("a result whose bytes are gone is looked for by itself: another one may have been made", async () => {
    const stale = Buffer.from(bundled.server.objects.get(bundled.path()) as Buffer);
    const [blob] = [...bundled.server.objects.keys()].filter((path) => path.includes("/blobs/"));
    bundled.server.objects.delete(blob as string);
    expect(ran(await bundled.run(await bundled.make()))).toEqual(["noise"]);
    bundled.server.objects.set(bundled.path(), stale);
    await expectAll();
  });
});

describe("trust", () => {
  test("a record in a bundle counts only with a signature of its own; one of a key that may not sign is asked for by itself", async () => {
    const [main, other] = [makeKeys(), makeKeys()];
    const keys = [main.public];
    await bundled.run(await bundled.make(keys), { INC_SIGNING_KEY: main.private });
    await expectAll({}, keys);
    expect(bundled.asked()).toEqual(["blobs", "records"]);
    const signer = parsePrivateKey(main.private) as Signer;
    const forge = (by: Signer | undefined) => (records: Map<Fingerprint, Buffer>) => {
      for (const [of, bytes] of records) {
        const { fields, bytes: inline } = openPayload(unseal(bytes) as Envelope);
        const forged = JSON.parse(JSON.stringify(fields).replace(/"duration":[\d.]+/, '"duration":7')) as object;
        records.set(of, seal(forged, inline, by));
      }
    };
    for (const [inside, outside] of [
      [undefined, signer],
      [parsePrivateKey(other.private), signer],
      [signer, undefined],
      [signer, parsePrivateKey(other.private)],
    ] as const) {
      bundled.rewrite(forge(inside), outside);
      await expectAll({}, keys);
      expect(bundled.asked()).toEqual(ONE_BY_ONE);
    }
  });

  test("a pull request reads the bundle of main, and writes one of its own", async () => {
    const main = await bundled.make();
    await bundled.run(main);
    const mine = bundled.path();
    const before = bundled.server.objects.get(mine);
    const pr = { INC_REMOTE_SCOPE: "pr/7" };
    expect(ran(await bundled.run(await bundled.make(undefined, EDITED), pr))).toHaveLength(3);
    expect(
      bundled.server.requests.filter((line) => line.startsWith("PUT") && !line.includes("/v1/records/pr/7/")),
    ).toEqual([]);
    const again = await bundled.make(undefined, EDITED);
    expect(ran(await bundled.run(again, pr))).toEqual([]);
    // Its own results are looked for in main first.
    expect(bundled.asked()).toEqual(["blobs", ...Array(5).fill("records")]);
    expect(bundled.server.objects.get(mine)).toBe(before);
    // What it made reaches no other.
    expect(ran(await bundled.run(await bundled.make(undefined, EDITED), { INC_REMOTE_SCOPE: "none" }))).toHaveLength(3);
  });
});

test("of two writers at once, one has written it", async () => {
  const rigs = await Promise.all([bundled.make(), bundled.make()]);
  await Promise.all(rigs.map((rig) => bundled.run(rig)));
  await expectAll();
  expect(bundled.asked()).toEqual(["blobs", "records"]);
});

describe("a server that does not give the bundle", () => {
  /** What happens to the first request. */
  async function expectSpared(fault: FaultServer["fault"]): Promise<readonly string[]> {
    await bundled.run(await bundled.make());
    const path = bundled.path();
    bundled.server.fault = (request, response, stored) => request.url === path && fault(request, response, stored);
    await expectAll();
    return bundled.asked();
  }

  test("in time is asked for each record", async () => {
    const requests = await expectSpared((_, response, stored) => {
      response.writeHead(200, { "content-length": stored?.length ?? 0 }).write(stored?.subarray(0, 100));
      return true;
    });
    expect(requests).toEqual(ONE_BY_ONE);
  });

  test.each([401, 403, 500])("but answers %i is asked for each record", async (status) => {
    const requests = await expectSpared((_, response) => response.writeHead(status).end() !== undefined);
    expect(requests).toEqual(ONE_BY_ONE);
  });
});
