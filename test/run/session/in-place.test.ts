import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

/** Tasks that change files in place and make no outputs, as formatters do. */
let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
  rig.write("slow.txt", "1");
  rig.write("src/m", "x1\n");
});

afterEach(() => rig.close());

const format = (name: string, from: string, to: string): string =>
  `export const ${name} = task(sh\`echo ${name} >> trail; sed -i s/${from}/${to}/ src/m\`, { inputs: [file("src/m")], mutates: ["src/m"] });\n`;

const READ = `export const use = task(sh\`cat \${file("src/m")} > \${out("build/r")}\`);\n`;

test("an edit that comes after a formatter has ended is formatted before it is read", async () => {
  rig.manifest(
    `${format("fmt", "x", "y")}${READ}export const slow = task(sh\`${rig.held("slow")}; cat \${file("slow.txt")} > \${out("build/slow")}\`, { after: [fmt] });`,
  );
  const run = rig.start(["run", "-j2"]);
  const slow = await rig.waitFor("slow");
  rig.write("src/m", "x2\n");
  slow.release();
  expect((await run.ended).code).toBe(0);
  expect(rig.read("src/m")).toBe("y2\n");
  expect(rig.read("build/r")).toBe("y2\n");
  expect(rig.read("trail")).toBe("fmt\nfmt\n");
});

test("of two formatters of one file each runs once, in their order", async () => {
  rig.manifest(format("first", "x", "y") + format("second", "y", "z") + READ);
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("build/r")).toBe("z1\n");
  expect(rig.read("trail")).toBe("first\nsecond\n");
});
