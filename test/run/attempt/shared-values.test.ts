import { expect, test } from "vitest";
import type { SharedDirectory } from "../../support/shared-directory.ts";
import { type Checkouts, runShared, sharedForEachTest } from "../../support/shared-runs.ts";

let shared: SharedDirectory;
let checkouts: Checkouts;

sharedForEachTest((made) => {
  ({ shared, checkouts } = made);
});

const PIPELINE = `
export const stats = task(sh\`wc -l < \${file("a.txt")}\`, { value: "json" });
export const total = task(sh\`cat \${stats} > \${out("build/total")}\`);
`;

test.each(["all", "minimal"])("values are shared between machines (%s)", async (brings) => {
  const [one, two] = [
    await checkouts.make(PIPELINE, { "a.txt": "x\n" }),
    await checkouts.make(PIPELINE, { "a.txt": "x\n" }),
  ];
  const env = { INC_REMOTE: shared.url, INC_REMOTE_DOWNLOAD: brings };
  expect((await runShared(one, env)).results).toEqual(["stats: ran", "total: ran"]);
  const elsewhere = await runShared(two, env);
  expect(elsewhere.results.filter((result) => result.endsWith("ran"))).toEqual([]);
  expect(elsewhere.warnings).toEqual([]);
  // A task that is here alone needs the bytes.
  two.manifest(`${PIPELINE}export const more = task(sh\`cat \${stats} > \${out("build/more")}\`);`);
  expect((await runShared(two, env)).results).toContain("more: ran");
  expect(two.read("build/more")).toBe("1");
});
