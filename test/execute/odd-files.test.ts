import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("inc stores a log of more than 2 GiB without its middle, of a failed and of a successful attempt", async () => {
  rig.manifest(
    `export const a = task(sh\`echo begin; truncate -s 3G /proc/self/fd/1; test -e ok\`, { inputs: [files("ok*", { allowEmpty: true })] });`,
  );
  const failed = await rig.run("run");
  expect([failed.code, failed.stdout + failed.stderr]).toEqual([1, expect.stringContaining("bytes left out")]);
  expect(failed.stderr).not.toContain("internal error");
  rig.write("ok", "");
  expect(await rig.results()).toEqual(["a: ran"]);
  const replayed = await rig.run("run", "--output-logs", "full");
  expect(replayed.stdout).toContain("bytes left out");
});

test("a pipe in the place of the manifest or of a depfile is an error, and inc does not wait for it", async () => {
  rig.manifest(`export const a = task(sh\`mkfifo \${depfile("a.d")}; echo a > \${out("b/a")}\`);`);
  const { code, stdout, stderr } = await rig.run("run");
  expect([code, stdout + stderr]).toEqual([1, expect.stringContaining("INC4305")]);
  rig.remove("pipeline.ts");
  execFileSync("mkfifo", [rig.path("pipeline.ts")]);
  for (const args of [["run"], ["status"], ["list", "pipeline.ts"]]) {
    const found = await rig.run(...args);
    expect([found.code, found.stderr]).toEqual([2, expect.stringMatching(/^error INC1002: .*pipeline\.ts/)]);
  }
});

test("an empty depfile fails the attempt, because its inputs would go unnoticed", async () => {
  rig.write("a.h", "1\n");
  rig.manifest('export const o = task(sh`: > ${depfile("d")}; cat a.h > ${out("o")}`);');
  const { code, stdout, stderr } = await rig.run("run");
  expect([code, stdout + stderr]).toEqual([1, expect.stringContaining("is unusable: it is empty")]);
  rig.manifest('export const o = task(sh`echo "o: a.h" > ${depfile("d")}; cat a.h > ${out("o")}`);');
  expect(await rig.results()).toEqual(["o: ran"]);
  rig.write("a.h", "2\n");
  expect(await rig.results()).toEqual(["o: ran"]);
});

test("put takes the pipe of a process substitution", async () => {
  rig.manifest(`export const a = task(sh\`cat \${object("o")} > \${out("b/a")}\`);`);
  execFileSync("bash", ["-c", `"$0" "$1" put o <(echo one; echo two)`, process.execPath, rig.cli], {
    cwd: rig.root,
    env: { PATH: process.env["PATH"], HOME: rig.root },
  });
  await rig.run("run");
  expect(rig.read("b/a")).toBe("one\ntwo\n");
});

test("files of /proc are no inputs: inc's own environment is not stored", async () => {
  rig.manifest(
    `export const a = task(sh\`ls > \${out("b/a")}\`, { inputs: [files("in/**")] });
     export const b = task(sh\`ls > \${out("b/b")}\`, { inputs: [file("by/self/environ")] });
     export const c = task(sh\`ls \${object("o")} > \${out("b/c")}\`);`,
  );
  rig.write("in/real", "real");
  symlinkSync("/proc/self/environ", rig.path("in/environ"));
  symlinkSync("/proc", rig.path("by"));
  const env = { INC_TEST_SECRET: "hush-hush-secret" };
  const { code, stdout, stderr } = await rig.start(["run", "-k", "a", "b"], { env }).ended;
  expect(code).toBe(1);
  for (const path of ["/proc/self/environ", "by/self/environ"])
    expect(stdout + stderr).toContain(`${path}" is not on a disk`);
  const put = await rig.start(["put", "o", "in/environ"], { env }).ended;
  expect([put.code, put.stderr]).toEqual([2, expect.stringContaining("is not on a disk")]);
  expect(rig.storeText()).not.toContain("hush-hush");
});

test("gc removes the temporary files of killed processes", async () => {
  rig.manifest(`export const a = task(sh\`cat \${object("o")} > \${out("b/a")}\`);`);
  const putting = rig.start(["put", "o", "/dev/stdin"], { input: "x" });
  await putting.ended;
  const dead = putting.child.pid;
  for (const name of [`tmp/put-${dead}-1795653193592`, `snapshot.${dead}`, `data.mdb-lock.${dead}`, `tmp/${dead}-get`])
    rig.write(`.inc/${name}`, "left over");
  rig.write(`.inc/tmp/put-${process.pid}-1795653193592`, "being written");
  expect((await rig.run("gc")).code).toBe(0);
  const left = execFileSync("find", [".inc", "-name", "*put-*", "-o", "-name", `*${dead}*`], { cwd: rig.root });
  expect(left.toString()).toBe(`.inc/tmp/put-${process.pid}-1795653193592\n`);
});
