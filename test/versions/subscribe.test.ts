import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(`
const rates = object("rates");
export const a = task(sh\`cat \${rates} \${file("in")} > \${out("build/a")}\`);
`);
});

afterEach(() => rig.close());

const publish = (text: string) => rig.start(["put", "rates", "-"], { input: text }).ended;

test("a subscriber that comes back after the store was replaced gets an error", async () => {
  for (const text of ["1", "2"]) await publish(text);
  const following = rig.start(["subscribe", "--since", "0", "--json"]);
  const { epoch, seq } = JSON.parse(await following.line('"n":2')) as { epoch: string; seq: number };
  following.child.kill("SIGINT");
  await following.ended;
  const again = rig.start(["subscribe", "--since", `${epoch}:${seq - 1}`]);
  expect(await again.line("rates@2")).toMatch(new RegExp(`^${epoch}:${seq}  object:rates@2  put  `));
  again.child.kill("SIGINT");
  await again.ended;
  rig.remove(".inc");
  for (const text of ["1", "2", "3"]) await publish(text);
  const other = await rig.run("subscribe", "--since", `${epoch}:${seq}`);
  expect(other).toMatchObject({ code: 2 });
  expect(other.stderr).toContain("error INC3013: ");
  const past = await rig.run("subscribe", "--since", "100");
  expect(past).toMatchObject({ code: 2 });
  expect(past.stderr).toContain("error INC3021: the sequence ends at ");
  expect((await rig.run("subscribe", "--since", "soon")).stderr).toContain("error INC1003: ");
});

test("subscribe refuses an unknown name, and waits for versions of a declared one", async () => {
  const refused = await rig.run("subscribe", "rats");
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('error INC1020: there is no object "rats"\n');
  const following = rig.start(["subscribe", "--since", "0", "rates", "in", "build/a"]);
  await publish("1");
  await following.printed("object:rates@1");
  following.child.kill("SIGINT");
  expect(await following.ended).toMatchObject({ code: 130 });
});
