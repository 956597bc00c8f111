import { expect, test } from "vitest";
import type { Digest } from "../../../src/model/digest.ts";
import type { Identity } from "../../../src/model/identity.ts";
import { describeChanges } from "../../../src/report/explain/changes.ts";

const file = (digest: string, executable = false): Identity => ({
  type: "file",
  digest: digest.padEnd(64, "0") as Digest,
  executable,
});

test("each change shows the value before and after", () => {
  const lines = describeChanges(
    [
      { aspect: "command", removed: ["cat a"], added: ["cat b", "cat c"] },
      { aspect: "file", path: "a.csv", before: file("aaaa"), after: file("bbbb", true) },
      { aspect: "file", path: "new.csv", set: "data/*.csv", after: file("cccc") },
      { aspect: "file", path: "old.h", found: true, before: file("dddd") },
      { aspect: "env", name: "REGION", before: { kind: "unset" }, after: { kind: "value", value: "eu" } },
      {
        aspect: "env",
        name: "TOKEN",
        before: { kind: "secret", digest: "1" as Digest },
        after: { kind: "secret", digest: "2" as Digest },
      },
      { aspect: "param", name: "n", before: "1", after: "2" },
      {
        aspect: "tool",
        name: "tsc",
        before: { kind: "package", name: "typescript", version: "6.0.0" },
        after: { kind: "package", name: "typescript", version: "7.0.2" },
      },
      { aspect: "platform", before: "linux-x64", after: "darwin-arm64" },
    ],
    { color: false },
  );
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "command
      - cat a
      + cat b
      + cat c
    file a.csv  aaaa00000000 → bbbb00000000 executable
    file new.csv (in data/*.csv)  new: cccc00000000
    file old.h (found by a depfile)  gone: was dddd00000000
    variable REGION  not set → "eu"
    variable TOKEN  changed (secret)
    parameter n  1 → 2
    tool tsc  typescript@6.0.0 → typescript@7.0.2
    platform  linux-x64 → darwin-arm64"
  `);
});
