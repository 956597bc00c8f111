import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readDepfile } from "../../src/execute/depfile.ts";
import { taskOf } from "../support/graph.ts";

test("found inputs are the files of a depfile that the task neither declares nor makes", () => {
  const root = mkdtempSync(join(tmpdir(), "inc-depfile-"));
  writeFileSync(join(root, "d"), "o: build/up b.h /usr/include/x.h ../up.h a.h b.h\n");
  mkdirSync(join(root, "sub"));
  const read = readDepfile(taskOf("t", ["up"]), { path: "d" }, root);
  expect(read).toEqual({ ok: true, value: [join(root, "../up.h"), "/usr/include/x.h", "a.h", "b.h"].sort() });
  const missing = readDepfile(taskOf("t"), { path: "none" }, root);
  expect(missing.ok ? "" : missing.diagnostics[0]?.message).toBe(
    'the depfile "none" of task "t" is unusable: the command did not write it',
  );
});
