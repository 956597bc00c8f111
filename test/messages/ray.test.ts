import { chmodSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(`export const one = task(sh\`echo 1 > \${out("one")}\`);`);
});

afterEach(() => rig.close());

/** A Python that has only what comes with it. */
function bare(): string {
  rig.write("bare/python", `#!/bin/sh\nexec python3 -I -S "$@"\n`);
  chmodSync(rig.path("bare/python"), 0o755);
  return rig.path("bare/python");
}

test("without Ray nothing runs, and the message says how to install it", async () => {
  const ran = await rig.run("run", "--executor", "ray", "--ray-python", bare());
  expect(ran.code).toBe(2);
  expect(ran.stderr.replaceAll(/\S+\/python3?[.\d]*/g, "PYTHON")).toBe(
    [
      "error INC1070: Ray is not installed for PYTHON",
      "  help: install the version that the cluster has: PYTHON -m pip install ray",
      "  help: or name another Python: --ray-python PATH",
      "",
    ].join("\n"),
  );
  expect(rig.exists("one")).toBe(false);
  const doctor = await rig.run("doctor", "--executor", "ray", "--ray-python", rig.path("nowhere"));
  expect([doctor.code, doctor.stderr]).toEqual([
    2,
    [
      `error INC1070: no Python was found to connect to Ray with: tried ${rig.path("nowhere")}`,
      "  help: install Python and Ray: python3 -m pip install ray",
      "  help: or name a Python: --ray-python PATH",
      "",
    ].join("\n"),
  ]);
  const stray = await rig.run("run", "--ray-address", "head:6379");
  expect(stray.stderr).toContain(
    `error INC1003: "--ray-address head:6379" cannot be used\n  help: say also where tasks run: --executor ray\n`,
  );
  // Nothing to do needs no cluster, and to see what there would be to do needs none either.
  expect((await rig.run("run", "--dry", "--executor", "ray", "--ray-python", bare())).code).toBe(0);
  expect((await rig.run("run")).code).toBe(0);
  expect((await rig.run("run", "--executor", "ray", "--ray-python", bare())).code).toBe(0);
});
