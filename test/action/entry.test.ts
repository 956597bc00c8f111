import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { ROOT } from "../docs/projects.ts";
import { Rig } from "../support/rig.ts";

test("a step ends even if a thread of Node never does, and all that it printed is there", async () => {
  const rig = await Rig.create();
  try {
    const never = rig.path("never");
    execFileSync("mkfifo", [never]);
    rig.write(
      "step.ts",
      `import { readFile } from "node:fs";
import { runStep } from ${JSON.stringify(pathToFileURL(join(ROOT, "src/action/entry.ts")).href)};
await runStep(async () => {
  readFile(${JSON.stringify(never)}, () => {});
  throw new Error("no room");
});
`,
    );
    const printed = execFileSync(process.execPath, [rig.path("step.ts")], { encoding: "utf8" });
    expect(printed).toBe("::warning::inc: no room; the job goes on without the cache of GitHub Actions\n");
  } finally {
    await rig.close();
  }
});
