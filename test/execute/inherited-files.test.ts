import { expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

/** Where descriptors lead, in a directory of /proc. */
const LINKS = "for file in /proc/self/fd/*; do readlink $file || true; done";

/** Enough that a small process forks the last ones. */
const COMMANDS = 60;

test.skipIf(process.platform !== "linux")(
  "no command, function or service has a file of inc's own open, such as the data of its store [needs Linux]",
  async () => {
    const rig = await Rig.create(`
      export const all = Object.fromEntries(Array.from({ length: ${COMMANDS} }, (_, i) => [
        "c" + i,
        task(sh\`sleep 0.01; (${LINKS}) > \${out("links/" + i)}\`),
      ]));
      export const called = task({
        value: "json",
        async run() {
          const { readdirSync, readlinkSync } = process.getBuiltinModule("fs");
          return readdirSync("/proc/self/fd").flatMap((name) => {
            try { return [readlinkSync("/proc/self/fd/" + name)]; } catch { return []; }
          });
        },
      });
      export const web = service(sh\`(${LINKS}) > service.txt; echo up; sleep 1000\`, { ready: { line: "up" } });
      export const reader = task(sh\`cat service.txt > \${out("service")}\`, { inputs: [web], rerun: "always" });
    `);
    try {
      const { code, stdout } = await rig.run("run");
      expect([code, stdout]).toEqual([0, expect.stringContaining("failed 0")]);
      const seen = [...Array(COMMANDS).keys()].map((i) => rig.read(`links/${i}`));
      const called = (await rig.run("get", "called")).stdout;
      for (const links of [...seen, called, rig.read("service")]) {
        expect(links).toContain("/dev/null");
        expect(links).not.toContain(".inc/data");
      }
    } finally {
      await rig.close();
    }
  },
);
