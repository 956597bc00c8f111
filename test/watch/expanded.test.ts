import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { Watching } from "./watching.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("what joins a set of a unit that became known during a run reruns it", async () => {
  rig.manifest(`
export const names = task(sh\`cat \${file("list.txt")}\`, { value: "lines" });
export const made = each(names, (name) => task(sh\`cat \${files(\`data/\${name}/*.txt\`)} > \${out(\`build/\${name}\`)}\`));`);
  for (const name of ["a", "b"]) rig.write(`data/${name}/1.txt`, "1");
  rig.write("list.txt", "a\n");
  const watching = new Watching(rig);
  expect(await watching.quiet()).toEqual(["made[a]: ran", "names: ran"]);
  rig.write("data/a/2.txt", "2");
  expect(await watching.quiet()).toEqual(["made[a]: ran"]);
  rig.write("list.txt", "a\nb\n");
  expect(await watching.quiet()).toEqual(["made[b]: ran", "names: ran"]);
  rig.write("data/b/2.txt", "2");
  expect(await watching.quiet()).toEqual(["made[b]: ran"]);
  expect(rig.read("build/b")).toBe("12");
});
