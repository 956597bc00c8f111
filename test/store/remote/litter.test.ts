import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SharedDirectory } from "../../support/shared-directory.ts";
import { Checkouts, runShared } from "../../support/shared-runs.ts";

const MANIFEST = 'export const a = task(sh`echo a > ${out("build/a")}`);';

test("what killed runs left long ago is removed, and nothing else, wherever a symlink leads", async () => {
  const shared = new SharedDirectory();
  const checkouts = new Checkouts();
  const elsewhere = join(shared.root, "elsewhere");
  mkdirSync(elsewhere);
  mkdirSync(join(shared.root, "v1"));
  symlinkSync(elsewhere, join(shared.root, "v1/tmp"));
  const names = ["0123456789abcdef-1", "0123456789abcdef-2", "authorized_keys", "0123456789abcdef"];
  for (const name of names) writeFileSync(join(elsewhere, name), name);
  for (const name of names.filter((text) => !text.endsWith("-2"))) utimesSync(join(elsewhere, name), 0, 0);
  const outcome = await runShared(await checkouts.make(MANIFEST), { INC_REMOTE: shared.url });
  const left = readdirSync(elsewhere).sort();
  await checkouts.close();
  shared.close();
  expect(outcome).toMatchObject({ code: 0, warnings: [] });
  expect(left).toEqual(names.slice(1).sort());
});
