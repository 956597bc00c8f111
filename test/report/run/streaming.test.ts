import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});
afterEach(() => rig.close());

test("the output of a task that runs alone is shown once, while it runs", async () => {
  rig.manifest(`export const train = task(sh\`echo "epoch 1"; ${rig.held("train")}; printf "epoch 2"\`);`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("train");
  await running.printed("epoch 1");
  held.release();
  const { stdout } = await running.ended;
  expect(stdout.replace(/\d[\d.]*m?s/g, "T")).toBe(
    "running  train  never ran before\n  epoch 1\n  epoch 2\nran      train  T  never ran before\nran 1, restored 0, fresh 0, failed 0 in T\n",
  );
});

test("the output of parallel tasks is shown live only when one of them remains", async () => {
  rig.manifest(`
export const slow = task(sh\`echo "slow begins"; ${rig.held("slow")}; echo "slow ends"\`);
export const other = task(sh\`echo "other begins"; ${rig.held("other")}\`);`);
  const running = rig.start(["run", "-j", "2"]);
  const [slow, other] = await Promise.all([rig.waitFor("slow"), rig.waitFor("other")]);
  other.release();
  await running.printed("slow begins");
  slow.release();
  const { stdout } = await running.ended;
  const lines = stdout.split("\n").map((line) => line.replace(/ {2}\d.*/, ""));
  expect(lines.slice(0, -2)).toEqual([
    "ran      other",
    "  other begins",
    "running  slow  never ran before",
    "  slow begins",
    "  slow ends",
    "ran      slow",
  ]);
});

test("--output-logs=stream shows the output of all tasks with their names, and does not repeat that of a failed one", async () => {
  rig.manifest(`
export const a = task(sh\`echo "a begins"; ${rig.held("a")}; echo "a fails"; exit 3\`);
export const b = task(sh\`echo "b begins"; ${rig.held("b")}\`);`);
  const running = rig.start(["run", "-j", "2", "-k", "--output-logs=stream"]);
  const [a, b] = await Promise.all([rig.waitFor("a"), rig.waitFor("b")]);
  await Promise.all([running.printed("a | a begins\n"), running.printed("b | b begins\n")]);
  b.release();
  await running.printed("ran      b");
  a.release();
  const { stdout } = await running.ended;
  expect(stdout).toContain("a | a fails\nfailed   a");
  expect(stdout).not.toMatch(/^ {2}[ab] begins$/m);
  expect(stdout).toMatch(/── a failed\n(?: {2}.*\n)*──\n/);
});

test("--output-logs=stream works under watch", async () => {
  rig.manifest(`export const train = task(sh\`echo "epoch 1"; ${rig.held("train")}\`);`);
  const watch = rig.start(["watch", "--output-logs=stream", "-v"]);
  const held = await rig.waitFor("train");
  await watch.printed("train | epoch 1\n");
  held.release();
  await watch.printed("watching for changes");
  watch.child.kill("SIGINT");
  expect((await watch.ended).stdout).toContain(
    `running  train  never ran before\n  $ echo "epoch 1"; node .gate.mjs train\n`,
  );
});

test("a secret that is printed in two pieces is masked in live output", async () => {
  rig.manifest(`
export const t = task(sh\`printf "token hunter"; ${rig.held("t")}; echo "2 ends"\`, {
  env: { TOKEN: env("TOKEN", { secret: true }) },
});
export const u = task(sh\`printf "not hunter"; ${rig.held("u")}; echo "s ends"\`, {
  env: { TOKEN: env("TOKEN", { secret: true }) },
});`);
  const running = rig.start(["run", "-j", "2", "--json", "--output-logs=stream"], { env: { TOKEN: "hunter2" } });
  const [t, u] = await Promise.all([rig.waitFor("t"), rig.waitFor("u")]);
  await Promise.all([running.printed('"output":"token "'), running.printed('"output":"not "')]);
  t.release();
  u.release();
  const { stdout } = await running.ended;
  expect(stdout).toContain('"output":"*** ends\\n"');
  expect(stdout).toContain('"output":"hunters ends\\n"');
  expect(stdout).not.toContain("hunter2");
});

test("--json has live output only with --output-logs=stream, with a split character in one piece", async () => {
  const write = (...bytes: number[]): string => `node -e 'process.stdout.write(Buffer.from([${bytes}]))'`;
  rig.manifest(`export const t = task(sh\`${write(0x61, 0xe2, 0x82)}; ${rig.held("t")}; ${write(0xac, 0x62)}\`);`);
  const running = rig.start(["run", "--json", "--output-logs=stream"]);
  const held = await rig.waitFor("t");
  await running.printed('"kind":"task-output"');
  held.release();
  rig.open("t");
  const outputs = (await running.ended).stdout
    .split("\n")
    .filter((line) => line.includes('"task-output"'))
    .map((line) => (JSON.parse(line) as { output: string }).output);
  expect(outputs.join("")).toBe("a€b");
  expect((await rig.run("run", "-f", "--json", "t")).stdout).not.toContain("task-output");
});

test("-v shows each command before it runs, and nothing when none runs", async () => {
  rig.manifest(`export const t = task(sh\`
    echo one
    echo two > \${out("o.txt")}\`);`);
  const first = await rig.run("run", "-v");
  expect(first.stdout).toMatch(/^running {2}t {2}never ran before\n(?: {2}\$ .*\n)+ran {6}t {2}.*\n {2}one\n/);
  expect(first.stdout).toContain("echo two > o.txt\n");
  expect((await rig.run("run", "--verbose")).stdout).toMatch(/^ran 0, restored 0, fresh 1/);
});
