import { hostname, userInfo } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Identity } from "../../../src/model/identity.ts";
import { put } from "../../../src/versions/put/put.ts";
import { Rig } from "../../support/rig.ts";
import { withRigStore } from "../../support/store.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(`
const first = object("first");
const strict = object("strict", { requireBase: true });
const last = object("last", { conflict: "last-write-wins" });
const json = object("json", { conflict: { merge: "json" } });
const text = object("text", { conflict: { merge: "text" } });
export const a = task(sh\`cat \${first} \${strict} \${last} \${json} \${text} \${file("missing.txt")} > \${out("a")}\`);
`);
});

afterEach(() => rig.close());

const publish = (name: string, input: string, ...args: readonly string[]) =>
  rig.start(["put", name, "-", ...args], { input }).ended;

async function parents(name: string): Promise<unknown> {
  const outcome = await rig.run("log", name, "--json");
  const [log] = JSON.parse(outcome.stdout) as { versions: { parents?: number[] }[] }[];
  return log?.versions.map((version) => version.parents ?? []);
}

test("a put does not need the sources of the pipeline", async () => {
  expect(await publish("first", "1")).toMatchObject({ code: 0, stdout: "first@1\n" });
  expect((await rig.run("run")).stderr).toContain("error INC2003: ");
});

test("an object that requires a base refuses a put without one", async () => {
  const refused = await publish("strict", "1");
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toBe(
    'error INC3019: "strict" requires the version that a new one is based on: nothing was published\n' +
      "  note: the manifest says so: requireBase: true\n" +
      "  help: inc log strict shows the versions; name the one that you started from: --if-version N, or 0 for none\n",
  );
  expect(await publish("strict", "1", "--if-version", "0")).toMatchObject({ code: 0 });
  expect(await publish("strict", "2", "--if-version", "1")).toMatchObject({ code: 0 });
});

test("with last-write-wins the last put wins, and records the version that it was made from", async () => {
  await publish("last", "1");
  await publish("last", "2", "--if-version", "1");
  await publish("last", "3", "--if-version", "1");
  await publish("last", "4", "--if-version", "0");
  await publish("last", "5");
  expect(await parents("last")).toEqual([[4], [], [1], [1], []]);
});

test("put refuses content that could never be merged, with a base and without", async () => {
  for (const more of [[], ["--if-version", "0"]]) {
    const refused = await publish("json", "{ no", ...more);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(
      'error INC3012: the new version of "json" could never be merged: not valid JSON: ',
    );
  }
  rig.write("binary", Buffer.from([0xff, 0xfe]));
  rig.write("directory/x", "x");
  expect((await rig.run("put", "text", "binary")).stderr).toContain("it is not UTF-8 text");
  expect((await rig.run("put", "text", "directory")).stderr).toContain("it is a directory");
  expect(await publish("json", '{"a":1}')).toMatchObject({ code: 0, stdout: "json@1\n" });
});

test("a version names its publisher", async () => {
  await publish("first", "1");
  const [log] = JSON.parse((await rig.run("log", "first", "--json")).stdout) as { versions: object[] }[];
  const writer = { user: userInfo().username, host: hostname(), pid: expect.any(Number) };
  expect(log?.versions).toMatchObject([{ writer }]);
  expect((await rig.run("log", "first")).stdout).toContain(`by ${userInfo().username}@${hostname()}`);
});

test("put stores its bytes again when they are evicted before it commits", async () => {
  await publish("first", "1");
  await withRigStore(rig, async (store) => {
    const object = { name: "last", conflict: "last-write-wins", keep: "all", location: NOWHERE } as const;
    const take = () => {
      const identity: Identity = {
        type: "file",
        digest: store.blobs.putBytes(Buffer.from("new"), true),
        executable: false,
      };
      return { ok: true, value: { identity, size: 3 } } as const;
    };
    const taken = take().value;
    // The bytes are in the store, but no version names them yet.
    store.flush();
    store.upkeep.evict({ limits: {}, now: Date.now() });
    expect(await put(store, { object, taken, again: take })).toMatchObject({ kind: "published", version: { n: 1 } });
  });
});

const NOWHERE = { file: "pipeline.ts", line: 1, column: 1 };
