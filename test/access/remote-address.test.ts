import { afterEach, expect, test } from "vitest";
import { exposedPassword } from "../../src/access/remote-address.ts";
import { sharingDigest } from "../../src/workspace/request.ts";
import { type Checkouts, cache, runShared, sharedForEachTest } from "../support/shared-runs.ts";

let checkouts: Checkouts;
sharedForEachTest((made) => {
  ({ checkouts } = made);
});

const NAMES = ["INC_REMOTE_DOWNLOAD"] as const;
afterEach(() => {
  for (const name of NAMES) delete process.env[name];
});

test("what says nothing of a shared cache does not count: an empty flag or variable is as good as none", () => {
  const salt = { salt: "s" };
  const none = sharingDigest(salt, {});
  expect(sharingDigest(salt, { remote: "", download: "" })).toBe(none);
  process.env["INC_REMOTE_DOWNLOAD"] = "";
  expect(sharingDigest(salt, {})).toBe(none);
  process.env["INC_REMOTE_DOWNLOAD"] = "minimal";
  expect(sharingDigest(salt, {})).not.toBe(none);
  expect(sharingDigest(salt, {})).toBe(sharingDigest(salt, { download: "minimal" }));
  // Without one, though the manifest may name one.
  expect(sharingDigest(salt, { remote: "none" })).not.toBe(sharingDigest(salt, { remote: "" }));
});

test.each([
  ["http://u:pw@h/", 1],
  ["bazel+https://:pw@h/", 1],
  ["https://u@h/", 0],
  ["https://h/", 0],
  ["none", 0],
  [undefined, 0],
])("%s shows %i passwords", (address, count) => {
  expect(exposedPassword(address)).toHaveLength(count);
});

test("a password on the command line costs one hint, and is not shown", async () => {
  const rig = await checkouts.make("export const a = task(sh`true`);");
  const address = "http://u:s3cret@127.0.0.1:1/";
  const flag = await runShared(rig, {}, ["--remote", address]);
  expect(flag.warnings.filter((code) => code === "INC1057")).toHaveLength(1);
  expect(JSON.stringify(flag)).not.toContain("s3cret");
  const asked = await cache(rig, ["verify", "--remote", address]);
  expect(asked.stderr.match(/INC1057/g)).toHaveLength(1);
  expect(asked.stderr).not.toContain("s3cret");
  expect((await runShared(rig, { INC_REMOTE: address }, ["--force"])).warnings).not.toContain("INC1057");
});
