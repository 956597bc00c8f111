import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SharedDirectory } from "../../../support/shared-directory.ts";
import { cache, cacheJson, makeKeys, ran } from "../../../support/shared-runs.ts";
import { Bundled, COUNT, EDITED, REACHED } from "./bundled.ts";

let bundled: Bundled;

beforeEach(async () => {
  bundled = await Bundled.start();
});

afterEach(() => bundled.close());

test("ls passes over it, verify looks into it, and prune removes it as any record", async () => {
  const shared = new SharedDirectory();
  const remote = ["--remote", shared.url];
  try {
    const rig = await bundled.make();
    await bundled.run(rig);
    const store = (): void => {
      for (const [path, bytes] of bundled.server.objects) {
        mkdirSync(dirname(join(shared.root, path)), { recursive: true });
        writeFileSync(join(shared.root, path), bytes);
      }
    };
    store();
    expect((await cacheJson<{ entries: unknown[] }>(rig, ["ls", ...remote])).entries).toHaveLength(COUNT);
    expect(await cache(rig, ["verify", ...remote])).toMatchObject({ code: 0 });
    const plan = await cacheJson<{ records: unknown[] }>(rig, ["prune", "--older-than", "1d", "-n", ...remote]);
    expect(plan.records).toEqual([]);
    let damaged = "";
    bundled.rewrite((records) => {
      const [[of, bytes]] = [...records] as unknown as [[string, Buffer]];
      damaged = of;
      records.set(of as never, bytes.subarray(0, 100));
    });
    store();
    const verified = await cache(rig, ["verify", ...remote]);
    expect([verified.code, verified.stdout]).toEqual([1, expect.stringContaining(`bundles a copy of ${damaged}`)]);
    await cache(rig, ["prune", "--max-size", "1", ...remote]);
    expect(shared.files("records")).toEqual([]);
  } finally {
    shared.close();
  }
});

test("inc cache push writes the bundle that a run without the key does not, with the results that others made", async () => {
  const keys = makeKeys();
  const key = { INC_REMOTE: bundled.server.url, INC_SIGNING_KEY: keys.private };
  const first = await bundled.make([keys.public]);
  await bundled.run(first, { INC_REMOTE: "none" });
  expect(await cache(first, ["push"], key)).toMatchObject({ code: 0 });
  const second = await bundled.make([keys.public], EDITED);
  expect(ran(await bundled.run(second))).toEqual(REACHED);
  bundled.server.requests.length = 0;
  expect(await cache(second, ["push"], key)).toMatchObject({ code: 0 });
  // Three results that are not there yet, and the bundle; for each a name, and of the last one the bundle alone.
  expect([bundled.asked(), bundled.asked("PUT")]).toEqual([Array(4).fill("records"), Array(7).fill("records")]);
  const reader = await bundled.make([keys.public], EDITED);
  expect(await bundled.run(reader)).toMatchObject({ warnings: [], results: expect.not.arrayContaining(["last: ran"]) });
  expect(bundled.asked()).toEqual(["blobs", "records"]);
});
