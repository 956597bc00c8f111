import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

const KILLER = fileURLToPath(new URL("../../support/kill-at.mjs", import.meta.url));

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const OTHER = `export const other = task(sh\`echo other > \${out("b/other")}\`);`;

/** All other commands still work, whatever is in an output. */
async function expectUnwedged(): Promise<void> {
  for (const command of [["doctor"], ["status"], ["list"], ["gc"], ["du"], ["clean"]])
    expect([command, (await rig.run(...command)).code]).toEqual([command, 0]);
}

test("links in an output are not followed: neither loops of them nor one to the workspace", async () => {
  rig.manifest(
    `export const t = task(sh\`mkdir d; ln -s . d/a; ln -s . d/b; ln -s .. d/up; ln -s a d/c; ln -s loop d/loop\`, { outputs: { d: "d/" } });
     export const l = task(sh\`ln -s o \${out("b/o")}\`);`,
  );
  const { code, stdout, stderr } = await rig.run("run", "-k");
  expect([code, stdout + stderr]).toEqual([
    1,
    expect.stringContaining('its output "b/o" is a symlink that leads nowhere'),
  ]);
  expect(stdout + stderr).toContain("ran 1, restored 0, fresh 0, failed 1");
  rig.remove("d");
  expect(await rig.results("t")).toEqual(["t: restored"]);
});

test("an output with a name that is not UTF-8 fails its task alone, and the message shows the bytes", async () => {
  rig.manifest(`export const t = task(sh\`bash name.sh\`, { outputs: { d: "d/" } });\n${OTHER}`);
  rig.write("name.sh", "mkdir -p d/s; echo a > $'d/s/caf\\xe9.txt'");
  const { code, stdout, stderr } = await rig.run("run", "-k");
  expect(code).toBe(1);
  expect(stdout + stderr).toContain('its output "d" contains the name "s/caf\\xe9.txt", which is not UTF-8');
  expect(stdout + stderr).toContain("ran 1, restored 0, fresh 0, failed 1");
  expect([rig.exists("d"), rig.read("b/other")]).toEqual([false, "other\n"]);
  await expectUnwedged();
  rig.manifest(`export const t = task(sh\`mkdir d; echo a > d/a\`, { outputs: { d: "d/" } });\n${OTHER}`);
  expect(await rig.results()).toEqual(["other: restored", "t: ran"]);
});

test("an output that may not be read fails its task alone", async () => {
  rig.manifest(
    `export const f = task(sh\`mkdir d; echo a > d/a; chmod 000 d/a\`, { outputs: { d: "d/" } });
     export const g = task(sh\`mkdir -p e/s; echo a > e/s/a; chmod 000 e/s\`, { outputs: { e: "e/" } });
     export const h = task(sh\`echo a > \${out("h/h")}; chmod 000 h/h\`);\n${OTHER}`,
  );
  rig.asUser();
  const { code, stdout, stderr } = await rig.run("run", "-k");
  expect(code).toBe(1);
  expect(stdout + stderr).toContain('"d/a" cannot be read (EACCES)');
  expect(stdout + stderr).toContain('its output "e" contains the directory "s", that cannot be read (EACCES)');
  expect(stdout + stderr).toContain('"h/h" cannot be read (EACCES)');
  expect(stdout + stderr).toContain("ran 1, restored 0, fresh 0, failed 3");
  expect([rig.exists("d"), rig.exists("e"), rig.exists("h/h")]).toEqual([false, false, false]);
  await expectUnwedged();
});

test("an unreadable file that was added to an output fails its task alone", async () => {
  rig.manifest(`export const t = task(sh\`mkdir d; echo a > d/a\`, { outputs: { d: "d/" } });\n${OTHER}`);
  await rig.run("run");
  execFileSync("bash", ["-c", "echo mine > $'d/caf\\xe9'"], { cwd: rig.root });
  const { code, stdout, stderr } = await rig.run("run", "-k");
  expect([code, stdout + stderr]).toEqual([
    1,
    expect.stringContaining('"d/caf\\xe9" cannot be read: its name is not UTF-8'),
  ]);
  expect(stdout + stderr).toContain("fresh 1, failed 1");
  await expectUnwedged();
  expect((await rig.run("clean")).stderr).toContain(
    '"d", which task "t" made, is left in place: "d/caf\\xe9" cannot be read',
  );
  expect(execFileSync("bash", ["-c", "cat $'d/caf\\xe9'"], { cwd: rig.root, encoding: "utf8" })).toBe("mine\n");
});

test("a source whose name is not UTF-8 fails only the tasks that read it", async () => {
  rig.manifest(
    `export const ts = task(sh\`ls > \${out("b/ts")}\`, { inputs: [files("src/*.ts")] });
     export const all = task(sh\`ls > \${out("b/all")}\`, { inputs: [files("src/*")] });
     export const but = task(sh\`ls > \${out("b/but")}\`, { inputs: [files("src/*", { exclude: "src/caf*" })] });
     export const dir = task(sh\`ls > \${out("b/dir")}\`, { inputs: [file("src/")] });
     export const deep = task(sh\`ls > \${out("b/deep")}\`, { inputs: [files("lib/**/*.ts")] });
     export const flat = task(sh\`ls > \${out("b/flat")}\`, { inputs: [files("lib/*.ts")] });`,
  );
  rig.write("src/a.ts", "a");
  rig.write("lib/a.ts", "a");
  execFileSync("bash", ["-c", "echo x > $'src/caf\\xe9.txt'; mkdir $'lib/d\\xff'"], { cwd: rig.root });
  expect(await rig.results("-k")).toEqual([
    "all: failed",
    "but: ran",
    "deep: failed",
    "dir: failed",
    "flat: ran",
    "ts: ran",
  ]);
  const { stdout, stderr } = await rig.run("run", "-k");
  for (const path of ["src/caf\\xe9.txt", "lib/d\\xff"])
    expect(stdout + stderr).toContain(`"${path}" cannot be read: its name is not UTF-8`);
});

test("loops of symlinks among the inputs have no target, and do not affect other inputs", async () => {
  rig.manifest(`export const a = task(sh\`ls > \${out("b/a")}\`, { inputs: [files("src/**")] });`);
  mkdirSync(rig.path("src"));
  writeFileSync(rig.path("src/real"), "real");
  symlinkSync("b", rig.path("src/a"));
  symlinkSync("a", rig.path("src/b"));
  symlinkSync("x/y", rig.path("src/x"));
  symlinkSync("self", rig.path("src/self"));
  expect(await rig.results()).toEqual(["a: ran"]);
  expect((await rig.run("run", "a")).stdout).toContain("fresh 1, failed 0");
  rig.remove("src/b");
  rig.write("src/b", "no loop");
  expect(await rig.results("a")).toEqual(["a: ran"]);
  rig.manifest(`export const f = task(sh\`ls > \${out("b/f")}\`, { inputs: [file("src/x/deep")] });`);
  const { code, stderr } = await rig.run("run");
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining('reads "src/x/deep", but no task makes it and it does not exist'),
  ]);
});

test("an unreadable file where a checkout was killed does not block later commands", async () => {
  rig.manifest(
    `export const t = task(sh\`mkdir d; cp in d/a; cp in d/b; cp in d/c\`, { inputs: [file("in")], outputs: { d: "d/" } });\n${OTHER}`,
  );
  for (const text of ["one\n", "two\n"]) {
    rig.write("in", text);
    expect((await rig.run("run")).code).toBe(0);
  }
  let finished = 0;
  for (let at = 8; at < 24; at += 3) {
    const env = { KILL_AT: String(at), NODE_OPTIONS: `--import=${KILLER}` };
    const killed = await rig.start(["checkout", "d@1"], { env }).ended;
    execFileSync("bash", ["-c", "mkdir -p d; echo mine > $'d/caf\\xe9'"], { cwd: rig.root });
    const doctor = await rig.run("doctor");
    expect([at, doctor.code, doctor.stdout]).toEqual([at, 0, "the store is sound\n"]);
    if (killed.signal === "SIGKILL" && doctor.stderr.includes("an earlier checkout was killed")) finished += 1;
    expect([at, (await rig.run("doctor")).stderr]).toEqual([at, ""]);
    execFileSync("bash", ["-c", "rm -rf d"], { cwd: rig.root });
    expect((await rig.run("run")).code).toBe(0);
  }
  expect(finished).toBeGreaterThan(0);
});
