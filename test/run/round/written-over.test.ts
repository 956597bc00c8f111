import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const MAKER = `
export const maker = task(sh\`mkdir -p d/sub && cp in.txt d/sub/a.txt && cp in.txt f.txt\`,
  { inputs: [file("in.txt")], outputs: { d: "d/", f: "f.txt" } });
export const reader = task(sh\`find \${maker.outputs.d} -type f | LC_ALL=C sort | xargs cat \${maker.outputs.f} > \${out("r.txt")}\`);`;

async function expectRight(): Promise<void> {
  expect(["d/sub/a.txt", "f.txt", "r.txt"].map((path) => rig.read(path))).toEqual(["one\n", "one\n", "one\none\n"]);
  expect((await rig.run("run")).stdout).toMatch(/ran 0, restored 0, fresh [23]/);
}

describe("an output is right at the end although a second task", () => {
  test.each([
    ["wrote over it", "echo garbage > f.txt", "f.txt", "overwritten"],
    ["removed it", "rm f.txt", "f.txt", "removed"],
    ["removed a directory", "rm -r d", "d", "removed"],
    ["wrote into a directory", "echo garbage > d/sub/a.txt", "d", "overwritten"],
    ["added to a directory", "mkdir d/more && echo garbage > d/more/x", "d", "overwritten"],
    ["took a file out of a directory", "rm d/sub/a.txt", "d", "overwritten"],
    ["made it a link", "ln -sf in.txt f.txt", "f.txt", "overwritten"],
  ])("%s, and inc says so", async (_what, command, path, said) => {
    rig.write("in.txt", "one\n");
    rig.manifest(`${MAKER}\nexport const second = task(sh\`${command}\`, { after: [maker, reader] });`);
    const outcome = await rig.run("run", "-j2");
    expect(outcome, outcome.stdout).toMatchObject({ code: 0 });
    expect(outcome.stdout).toContain(
      `INC4222: "${path}" of task "maker" was ${said} after the task made it, while task "second" ran`,
    );
    await expectRight();
  });
});

test("a reader of an output that a second task overwrote sees its maker's bytes", async () => {
  rig.write("in.txt", "one\n");
  rig.manifest(
    `${MAKER.replace("sh`find", `sh\`${rig.held("reader")}; find`)}\nexport const second = task(sh\`echo garbage > f.txt\`, { after: [maker] });`,
  );
  const running = rig.start(["run", "--json", "-j2"]);
  const reader = await rig.waitFor("reader");
  await running.printed('"kind":"task-ended","task":"second"');
  rig.open("reader");
  reader.release();
  expect((await running.ended).code).toBe(0);
  await expectRight();
});

test("inc keeps an edit of an output during a run as a version", async () => {
  rig.write("in.txt", "one\n");
  rig.manifest(`${MAKER}\nexport const slow = task(sh\`${rig.held("slow")}\`);`);
  const running = rig.start(["run", "--json", "-j2"]);
  const slow = await rig.waitFor("slow");
  await running.printed('"kind":"task-ended","task":"reader"');
  rig.write("f.txt", "by hand\n");
  slow.release();
  const outcome = await running.ended;
  expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining("INC4222") });
  await expectRight();
  expect((await rig.run("log", "f.txt")).stdout).toContain("edited");
});

test("a task that declares the file in `mutates` may change another task's output", async () => {
  rig.write("in.txt", "one\n");
  rig.manifest(
    `${MAKER}\nexport const format = task(sh\`echo formatted > f.txt\`, { mutates: ["f.txt"], after: [maker, reader] });`,
  );
  const outcome = await rig.run("run");
  expect(outcome.stdout + outcome.stderr).not.toContain("INC4222");
});

test("a run gives up on a file that keeps changing, and names the task that wrote it last", async () => {
  rig.write("in.txt", "one\n");
  rig.manifest(
    `export const one = task(sh\`date +%N > in.txt; cat in.txt > \${out("o.txt")}\`, { inputs: [file("in.txt")] });`,
  );
  const outcome = await rig.run("run");
  expect(outcome).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`it was last changed while task "one" ran`),
  });
});
