import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { cksum } from "../../bench/work/cksum.ts";

test("cksum is that of POSIX", () => {
  for (const text of ["", "a\n", "x".repeat(70_000)])
    expect(String(cksum(Buffer.from(text)))).toBe(
      spawnSync("cksum", { input: text, encoding: "utf8" }).stdout.split(" ")[0],
    );
});
