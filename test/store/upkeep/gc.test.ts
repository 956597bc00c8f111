import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("gc keeps the bytes of a source that went back to an earlier version", async () => {
  rig.manifest(`export const a = task(sh\`cat \${file("in")} > \${out("b/a")}\`);`);
  for (const text of ["A\n", "B\n"]) {
    rig.write("in", text);
    await rig.run("run");
  }
  rig.write("in", "A\n");
  expect((await rig.run("gc", "--keep-versions", "1")).code).toBe(0);
  rig.write("in", "C\n");
  expect(await rig.run("get", "in@1")).toMatchObject({ code: 0, stdout: "A\n" });
});

test("gc evicts nothing for a size that it cannot reach, and says which bytes stay", async () => {
  rig.manifest(`export const a = task(sh\`cat \${file("in")} > \${out("b/a")}\`);`);
  for (const text of ["A", "B"]) {
    rig.write("in", text.repeat(1000));
    await rig.run("run");
  }
  const refused = await rig.run("gc", "--max-size", "900");
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain(
    "error INC3017: the store cannot be brought below 900 B: nothing was evicted, and 2.0 KiB remain\n",
  );
  expect(await rig.run("get", "b/a@1")).toMatchObject({ code: 0, stdout: "A".repeat(1000) });
  // A plain number means bytes.
  expect(await rig.run("gc", "--max-size", "1500")).toMatchObject({ code: 0 });
  expect(await rig.run("get", "b/a@1")).toMatchObject({ code: 2 });
});

test("puts of large versions compact the superseded ones, and gc --dry-run says what it would compact", async () => {
  rig.manifest(`
const big = object("big");
export const a = task(sh\`cat \${big} > /dev/null\`);
export const make = task(sh\`cat \${file("in")} > \${out("made")}\`);
`);
  const noise = randomBytes(2_000_000);
  for (let i = 0; i < 3; i += 1) {
    rig.write("file", Buffer.concat([Buffer.from(`${i}`), noise]));
    expect(await rig.run("put", "big", "file")).toMatchObject({ code: 0 });
  }
  const files = (): number =>
    readdirSync(rig.path(".inc/blobs"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .length;
  expect(files()).toBe(1);
  expect(await rig.run("get", "big@1", "-o", "one")).toMatchObject({ code: 0 });
  expect(rig.read("one")[0]).toBe("0");
  for (let i = 0; i < 2; i += 1) {
    rig.write("in", Buffer.concat([noise, Buffer.from(`${i}`)]));
    await rig.run("run", "make");
  }
  // The first run compacts; the second is too soon after it.
  const dry = await rig.run("gc", "-n");
  expect(dry.stdout).toMatch(
    /^would first put 1 large superseded blob into shared chunks, which take less than the [\d.]+ MiB now/,
  );
});
