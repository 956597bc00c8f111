import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

const MANIFEST = `
const rates = object("rates", { conflict: { merge: "json" } });
const notes = object("notes.json", { conflict: { merge: "text" } });
const tags = object("tags.csv", { conflict: { merge: "union" } });
const plain = object("plain");
const custom = object("custom.json", { conflict: { merge: ({ theirs }) => theirs } });
export const a = task(sh\`cat \${rates} \${notes} \${tags} \${plain} \${custom} > \${out("a")}\`);
`;

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(MANIFEST);
});

afterEach(() => rig.close());

async function publish(name: string, ...texts: readonly string[]): Promise<void> {
  for (const input of texts) expect(await rig.start(["put", name, "-"], { input }).ended).toMatchObject({ code: 0 });
}

/** The kind of the difference between the first two versions. */
async function kindOf(name: string): Promise<string | undefined> {
  const { stdout } = await rig.run("diff", `${name}@1`, `${name}@2`, "--json");
  return (JSON.parse(stdout) as { difference: { content?: { kind: string } } }).difference.content?.kind;
}

test("diff compares the versions of an object by its merge policy, not by the extension of its name", async () => {
  const before = '{"eur":1,"usd":2}\n';
  const after = '{"eur":1,"usd":3}\n';
  const names = ["rates", "notes.json", "tags.csv", "plain", "custom.json"];
  for (const name of names) await publish(name, before, after);
  expect(await Promise.all(names.map(kindOf))).toEqual(["json", "text", "text", "text", "json"]);
  expect((await rig.run("diff", "rates@1", "rates@2")).stdout).toContain("/usd");
});

test("diff takes the policy of the latest put, and doctor preserves that", async () => {
  await publish("plain", '{"a":1}', '{"a":2}');
  expect(await kindOf("plain")).toBe("text");
  rig.write(
    "pipeline.ts",
    `${rig.read("pipeline.ts").replace('object("plain")', 'object("plain", { conflict: { merge: "json" } })')}`,
  );
  await publish("plain", '{"a":3}');
  expect(await kindOf("plain")).toBe("json");
  expect(await rig.run("doctor")).toMatchObject({ code: 0 });
  expect(await kindOf("plain")).toBe("json");
});

test("diff compares versions that are not valid JSON by line", async () => {
  await publish("plain", "no json", '{"a":2}');
  rig.write(
    "pipeline.ts",
    `${rig.read("pipeline.ts").replace('object("plain")', 'object("plain", { conflict: { merge: "json" } })')}`,
  );
  await publish("plain", '{"a":3}');
  expect(await kindOf("plain")).toBe("text");
});
