import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const CHAIN = `
export const names = task(sh\`cat \${file("list.txt")}\`, { value: "lines" });
export const made = each(names, (name) => {
  if (name === "bad") throw new Error("no bad ones");
  return task(sh\`echo \${name} > \${out(\`build/\${name}\`)}\`);
});
export const after = each(made, (unit, key) => task(sh\`cat \${unit} \${unit} > \${out(\`after/\${key}\`)}\`));
export const all = task(sh\`cat \${after} /dev/null > \${out("all")}\`);
`;

test("each unit of what a task makes has one that reads it", async () => {
  rig.manifest(CHAIN);
  rig.write("list.txt", "a\nb\n");
  expect(await rig.results()).toEqual(
    ["after[a]: ran", "after[b]: ran", "all: ran", "made[a]: ran", "made[b]: ran", "names: ran"].sort(),
  );
  expect(rig.read("all")).toBe("a\na\nb\nb\n");
  rig.write("list.txt", "b\nc\n");
  expect(await rig.results()).toEqual(["after[c]: ran", "all: ran", "made[c]: ran", "names: ran"]);
  expect(rig.exists("after/a")).toBe(false);
  expect((await rig.run("run")).stdout).toContain("ran 0");
  expect((await rig.run("run", "--dry")).stdout).toContain("fresh 6");
  expect((await rig.run("lineage", "after/c")).stdout).toMatch(/after\[c\][\s\S]*build\/c@1[\s\S]*made\[c\]/);
});

test("a mistake in the elements is told once, and outputs of all units stay", async () => {
  rig.manifest(CHAIN);
  rig.write("list.txt", "a\n");
  await rig.run("run");
  rig.write("list.txt", "a\nbad\n");
  const { code, stdout } = await rig.run("run", "--keep-going");
  expect(code).toBe(1);
  expect(stdout.match(/INC2504/g)).toHaveLength(1);
  expect(stdout).toMatch(/failed\s+made/);
  expect(stdout).toMatch(/skipped\s+all\s+made failed/);
  expect(rig.exists("after/a")).toBe(true);
  rig.manifest(
    CHAIN.replace("task(sh`cat ${unit} ${unit}", "key === 'b' ? undefined as never : task(sh`cat ${unit} ${unit}"),
  );
  rig.write("list.txt", "a\nb\n");
  const own = (await rig.run("run", "--keep-going")).stdout;
  expect(own).toMatch(/ran\s+made\[b\]/);
  expect(own).toMatch(/failed\s+after/);
  expect(own).toMatch(/skipped\s+all\s+after failed/);
  expect(rig.exists("after/a")).toBe(true);
});

test("over units of sources: outputs of a removed element leave at each step, and no set holds what a step makes", async () => {
  rig.manifest(`
    export const upper = each(files("data/*.txt"), (text) => task(sh\`tr a-z A-Z < \${text} > \${out(\`up/\${text.name}\`)}\`));
    export const twice = each(upper, (unit, key) => task(sh\`cat \${unit} \${unit} > \${out(\`data/\${key}.twice.txt\`)}\`));
    export const zero = each(twice, (unit, key) => task(sh\`wc -c < \${unit} > \${out(\`sizes/\${key}\`)}\`));
  `);
  rig.write("data/a.txt", "a");
  rig.write("data/b.txt", "b");
  expect(await rig.results()).toHaveLength(6);
  expect(rig.read("data/a.txt.twice.txt")).toBe("AA");
  expect((await rig.run("run")).stdout).toContain("ran 0, restored 0, fresh 6");
  rig.write("data/a.txt", "c");
  expect(await rig.results()).toEqual(["twice[a.txt]: ran", "upper[a.txt]: ran", "zero[a.txt]: ran"]);
  rig.remove("data/b.txt");
  await rig.run("run");
  expect([rig.exists("up/b.txt"), rig.exists("data/b.txt.twice.txt"), rig.exists("sizes/b.txt")]).toEqual([
    false,
    false,
    false,
  ]);
});

test("functions get values of units, and callbacks get records of tasks or one of their members", async () => {
  rig.manifest(`
    const names = task(sh\`cat \${file("list.txt")}\`, { value: "lines" });
    export { names };
    export const steps = each(names, (name) => {
      const first = task({ value: "json", run: () => name.length });
      return { first, second: task(sh\`cat \${first} > \${out(\`build/\${name}\`)}\`) };
    });
    export const squares = each(steps.first, (first) => task({ inputs: { first }, value: "json", run: ({ inputs }) => inputs.first ** 2 }));
    export const pairs = each(steps, ({ first, second }, key) => task(sh\`cat \${first} \${second} > \${out(\`pairs/\${key}\`)}\`));
    export const sum = task({ inputs: { squares }, value: "json", run: ({ inputs }) => [...inputs.squares.values()].reduce((a, b) => a + b, 0) });
  `);
  rig.write("list.txt", "aa\nbbb\n");
  expect((await rig.run("run")).code).toBe(0);
  expect((await rig.run("get", "sum")).stdout).toBe("13");
  expect(rig.read("pairs/bbb")).toBe("33");
  rig.write("list.txt", "aa\ncccc\n");
  expect((await rig.run("run")).code).toBe(0);
  expect((await rig.run("get", "sum")).stdout).toBe("20");
});

test.each([
  [
    "const hidden = each([1], (n) => task(sh`echo ${n}`)); export const e = each(hidden, () => task(sh`true`));",
    "INC2508: each() fans out over the units of an each() that no export reaches",
  ],
  [
    "export const u = each([1], (n) => ({ a: task(sh`echo ${n}`) })); export const e = each((u as any).b, () => task(sh`true`));",
    'INC2509: each() fans out over the tasks "b" of units that have no such task',
  ],
])("%s is refused", async (manifest, message) => {
  rig.manifest(manifest);
  const { code, stderr } = await rig.run("run");
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
