import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("what no round can begin is reported once, though another round follows each expansion", async () => {
  rig.manifest(`
const one = task(sh\`cat \${file("one.txt")}\`, { value: "lines" });
const two = task(sh\`cat \${file("two.txt")}\`, { value: "lines" });
const fan = (names: typeof one) => each(names, (name) => {
  if (name === "bad") throw new Error("no bad ones");
  return task(sh\`echo \${name} > \${out(\`build/\${name}\`)}\`);
});
const a = fan(one);
const b = fan(two);
export { a, b, one, two };
export const after = task(sh\`cat \${b} > \${out("after")}\`);
export const failing = task(sh\`exit 3 > \${out("failing")}\`);
export const waiting = task(sh\`cat \${failing} > \${out("waiting")}\`);`);
  rig.write("one.txt", "bad\n");
  rig.write("two.txt", "bad\n");
  expect(await rig.results("--keep-going", "-j", "1")).toEqual([
    "a: failed",
    "after: skipped",
    "b: failed",
    "failing: failed",
    "one: ran",
    "two: ran",
    "waiting: skipped",
  ]);
});
