import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Digest } from "../../src/model/digest.ts";
import type { Identity } from "../../src/model/identity.ts";
import { removeStale } from "../../src/workspace/remove.ts";

test("stale outputs are removed when inc wrote them, they are unchanged, and git does not track them", async () => {
  const root = mkdtempSync(join(tmpdir(), "inc-remove-"));
  execFileSync("git", ["init", "-q"], { cwd: root });
  const identity: Identity = { type: "file", digest: "a" as Digest, executable: false };
  mkdirSync(join(root, "build/deep"), { recursive: true });
  for (const path of ["build/deep/gone", "tracked", "edited"]) writeFileSync(join(root, path), "");
  execFileSync("git", ["add", "tracked"], { cwd: root });
  const owned = ["build/deep/gone", "tracked", "edited"].map((path) => ({
    path,
    identity,
    manifest: "pipeline.ts",
    task: "t",
  }));
  const identify = (path: string): Identity => (path === "edited" ? { ...identity, digest: "b" as Digest } : identity);
  const { removed, warnings } = await removeStale(owned, { workspace: root, identify });
  expect(removed).toEqual(["build/deep/gone"]);
  expect(existsSync(join(root, "build"))).toBe(false);
  expect(warnings.map(({ message }) => message.replace(/.*left in place: /, ""))).toEqual([
    "git tracks it",
    "it was changed since",
  ]);
});
