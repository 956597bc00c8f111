import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const writes = "run({ outputs }) { writeFileSync(outputs.out, text); }";

test("a unit does not see what another one did to its element", async () => {
  rig.write(
    "shops.json",
    JSON.stringify([
      { id: "eu", tags: ["a"] },
      { id: "us", tags: ["b"] },
    ]),
  );
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    export const shops = task(sh\`cat \${file("shops.json")}\`, { value: "json" });
    export const unit = each(shops, { key: (shop) => shop.id }, (shop) => {
      shop.tags.push("more");
      const text = shop.tags.join();
      return { first: task({ outputs: { out: \`build/\${shop.id}-1\` }, ${writes} }), second: task({ outputs: { out: \`build/\${shop.id}-2\` }, ${writes} }) };
    });
  `);
  await rig.run("run", "-j1");
  expect([1, 2].map((n) => rig.read(`build/eu-${n}`))).toEqual(["a,more", "a,more"]);
  expect([1, 2].map((n) => rig.read(`build/us-${n}`))).toEqual(["b,more", "b,more"]);
});

test("a list that a manifest changes is whole again in the next attempt of the process", async () => {
  rig.write("data/a.txt", "");
  rig.write("data/b.txt", "");
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    const names = list("data/*.txt") as string[];
    const text = names.join();
    names.length = 0;
    export const one = task({ outputs: { out: "build/1" }, ${writes} });
    export const two = task({ outputs: { out: "build/2" }, after: [one], ${writes} });
  `);
  await rig.run("run", "-j1");
  expect([1, 2].map((n) => rig.read(`build/${n}`))).toEqual(["data/a.txt,data/b.txt", "data/a.txt,data/b.txt"]);
});

test("a process that executes many units asks for the key of each element once, and then for that of its unit", async () => {
  // More than are looked for one by one.
  const units = 40;
  const outside = mkdtempSync(join(tmpdir(), "inc-asked-"));
  const asked = join(outside, "asked");
  rig.write("keys.json", JSON.stringify(Array.from({ length: units }, (_, id) => ({ id }))));
  rig.manifest(`
    import { appendFileSync, writeFileSync } from "node:fs";
    export const keys = task(sh\`cat \${file("keys.json")}\`, { value: "json" });
    const asked = (id: number) => { appendFileSync(${JSON.stringify(asked)}, "x"); return id; };
    export const unit = each(keys, { key: ({ id }) => asked(id) }, ({ id }) => {
      const text = String(id);
      return task({ outputs: { out: \`build/\${id}\` }, ${writes} });
    });
  `);
  await rig.run("run", "-j1");
  expect(rig.read("build/7")).toBe("7");
  // Once each in the evaluation, and in the one process once each and once for each attempt.
  expect(readFileSync(asked, "utf8")).toHaveLength(3 * units);
  expect(readdirSync(rig.path("build"))).toHaveLength(units);
  rmSync(outside, { recursive: true });
});

test("units of another value in the same process are those of that value", async () => {
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    export const shops = task(sh\`cat \${file("shops.json")}\`, { value: "json" });
    export const unit = each(shops, (tax, shop) => {
      const text = \`\${shop} \${tax}\`;
      return task({ outputs: { out: \`build/\${shop}\` }, ${writes} });
    });
  `);
  rig.write("shops.json", `{ "eu": 1, "us": 2 }`);
  await rig.run("run");
  rig.write("shops.json", `{ "eu": 3, "us": 2 }`);
  expect(await rig.results()).toEqual(["shops: ran", "unit[eu]: ran"]);
  expect(rig.read("build/eu")).toBe("eu 3");
});
