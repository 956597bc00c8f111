import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test.each(["SIGINT", "SIGTERM"] as const)("%s ends every process of a task, then inc exits 130", async (signal) => {
  rig.manifest(`export const t = task(sh\`${rig.held("inner")} & ${rig.held("outer")}; wait\`);`);
  const running = rig.start(["run"]);
  const [inner, outer] = await Promise.all([rig.waitFor("inner"), rig.waitFor("outer")]);
  running.child.kill(signal);
  expect((await running.ended).code).toBe(130);
  await Promise.all([inner.gone, outer.gone]);
});

test("a second run waits for the first, names it, then finds everything fresh", async () => {
  rig.manifest(`export const t = task(sh\`${rig.held("t")}; echo hi > \${out("build/t")}\`);`);
  const first = rig.start(["run"]);
  const held = await rig.waitFor("t");
  const second = rig.start(["run"]);
  await second.printed(`${first.child.pid}`);
  held.release();
  expect((await first.ended).stdout).toContain("ran 1,");
  const { stdout, code } = await second.ended;
  expect(code).toBe(0);
  expect(stdout).toContain("ran 0, restored 0, fresh 1,");
});

test("--lock-wait bounds the waiting", async () => {
  rig.manifest(`export const t = task(sh\`${rig.held("t")}\`);`);
  const first = rig.start(["run"]);
  const held = await rig.waitFor("t");
  const second = await rig.run("run", "--lock-wait", "0");
  expect(second.code).toBe(2);
  expect(second.stderr).toContain('error INC3006: another run holds this workspace: "inc run"');
  held.release();
  await first.ended;
});

test("an interrupt ends the waiting for another run", async () => {
  rig.manifest(`export const t = task(sh\`${rig.held("t")}\`);`);
  const first = rig.start(["run"]);
  const held = await rig.waitFor("t");
  const second = rig.start(["run"]);
  await second.printed("waiting");
  second.child.kill("SIGINT");
  expect((await second.ended).code).toBe(130);
  held.release();
  expect((await first.ended).code).toBe(0);
});

test("a killed run leaves no lock; the next run ends its processes and runs its tasks again", async () => {
  rig.manifest(`export const t = task(sh\`o=\${out("build/t")}; echo torn > $o; ${rig.held("t")}; echo done > $o\`);`);
  const first = rig.start(["run"]);
  const held = await rig.waitFor("t");
  first.child.kill("SIGKILL");
  await first.ended;
  const second = rig.start(["run"]);
  const again = await rig.waitFor("t");
  await held.gone;
  again.release();
  expect((await second.ended).stdout).toContain("ran 1,");
  expect(rig.read("build/t")).toBe("done\n");
});

test("a file that appears in an input directory is never part of an entry that was decided without it", async () => {
  rig.write("src/a.txt", "a\n");
  const ls = `export const ls = task(sh\`${rig.held("ls")}; ls \${file("src")} > \${out("b/ls")}\`);`;
  rig.manifest(`${ls}
export const gen = task(sh\`echo g > \${out("src/g.txt")}; ${rig.held("gen")}\`);
export const next = task(sh\`${rig.held("next")}\`);`);
  const running = rig.start(["run", "-j", "2"]);
  // `ls` has read the output of `gen` and has ended while `gen` still runs: `next` has started in its place.
  const gen = await rig.waitFor("gen");
  (await rig.waitFor("ls")).release();
  (await rig.waitFor("next")).release();
  rig.open("ls");
  gen.release();
  expect((await running.ended).code).toBe(0);
  expect(rig.read("b/ls")).toBe("a.txt\ng.txt\n");
  // The manifest reads `src`, so inc leaves src/g.txt to the user when no task makes it any more.
  rig.manifest(ls);
  expect(await rig.results()).toEqual([]);
  rig.remove("src/g.txt");
  expect(await rig.results()).toEqual(["ls: ran"]);
  expect(rig.read("b/ls")).toBe("a.txt\n");
});

test("a file that joins a set while a task of the set runs is never part of its entry", async () => {
  rig.write("src/a.txt", "a\n");
  rig.manifest(
    `const src = files("src/*.txt");\n` +
      `export const all = task(sh\`${rig.held("all")}; cat src/*.txt > \${out("b/all")}\`, { inputs: [src] });`,
  );
  const running = rig.start(["run"]);
  const first = await rig.waitFor("all");
  rig.write("src/b.txt", "b\n");
  first.release();
  rig.open("all");
  expect((await running.ended).code).toBe(0);
  expect(rig.read("b/all")).toBe("a\nb\n");
  rig.remove("src/b.txt");
  expect(await rig.results()).toEqual(["all: ran"]);
  expect(rig.read("b/all")).toBe("a\n");
});

test("an input that moves while its task runs is never cached: the task runs again", async () => {
  rig.write("in.txt", "before\n");
  rig.manifest(`export const t = task(sh\`cp \${file("in.txt")} \${out("build/t")}; ${rig.held("t")}\`);`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  rig.write("in.txt", "after\n");
  held.release();
  (await rig.waitFor("t")).release();
  expect((await running.ended).code).toBe(0);
  expect(rig.read("build/t")).toBe("after\n");
  rig.write("in.txt", "before\n");
  rig.open("t");
  expect(await rig.results()).toEqual(["t: ran"]);
});

test("a tool that is replaced while a task waits to use it is never cached as the old tool", async () => {
  rig.write("bin/say", "#!/bin/sh\necho one\n", 0o755);
  rig.manifest(`export const t = task(sh\`${rig.held("t")}; \${tool("./bin/say")} > \${out("b/t")}\`);`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  rig.write("bin/say", "#!/bin/sh\necho two\n", 0o755);
  rig.open("t");
  held.release();
  expect((await running.ended).code).toBe(0);
  expect(rig.read("b/t")).toBe("two\n");
  rig.write("bin/say", "#!/bin/sh\necho one\n", 0o755);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("b/t")).toBe("one\n");
});

test("inc notices a tool that appears earlier on PATH while a task waits to use it", async () => {
  rig.write("late/say", "#!/bin/sh\necho late\n", 0o755);
  rig.manifest(`export const t = task(sh\`${rig.held("t")}; \${tool("say")} > \${out("b/t")}\`);`);
  const env = { PATH: [rig.path("early"), rig.path("late"), process.env["PATH"]].join(":") };
  const running = rig.start(["run"], { env });
  const held = await rig.waitFor("t");
  rig.write("early/say", "#!/bin/sh\necho early\n", 0o755);
  rig.open("t");
  held.release();
  expect((await running.ended).code).toBe(0);
  expect(rig.read("b/t")).toBe("early\n");
  rig.remove("early/say");
  expect((await rig.start(["run"], { env }).ended).stdout).toContain("ran 1, restored 0,");
  expect(rig.read("b/t")).toBe("late\n");
});

test("an input that keeps changing ends the run after three rounds, with its name", async () => {
  rig.write("in.txt", "0\n");
  rig.manifest(`export const t = task(sh\`cp \${file("in.txt")} \${out("build/t")}; ${rig.held("t")}\`);`);
  const running = rig.start(["run"]);
  for (let round = 1; round <= 3; round += 1) {
    const held = await rig.waitFor("t");
    rig.write("in.txt", `${round}\n`);
    held.release();
  }
  const { code, stdout } = await running.ended;
  expect(code).toBe(1);
  expect(stdout).toContain('error INC4203: "in.txt" kept changing while tasks that read or made it ran');
});

test("a task runs again when a file joins its set while it runs", async () => {
  rig.write("s/a", "a\n");
  rig.manifest(
    `const s = files("s/*"); export const t = task(sh\`cat \${s} > \${out("build/t")}; ${rig.held("t")}\`);`,
  );
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  rig.write("s/b", "b\n");
  held.release();
  (await rig.waitFor("t")).release();
  expect((await running.ended).code).toBe(0);
  expect(rig.read("build/t")).toBe("a\nb\n");
});

test("inc restores an upstream output that is edited during the run, and decides its readers again", async () => {
  rig.manifest(`
export const a = task(sh\`echo a > \${out("build/a")}\`);
export const b = task(sh\`cat \${a} > \${out("build/b")}; ${rig.held("b")}\`);
`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("b");
  rig.write("build/a", "edited\n");
  held.release();
  rig.open("b");
  expect((await running.ended).code).toBe(0);
  expect(rig.read("build/a")).toBe("a\n");
  expect(rig.read("build/b")).toBe("a\n");
});

test("a failure cancels the running tasks, unless --keep-going is given", async () => {
  rig.manifest(`
export const bad = task(sh\`${rig.held("bad")}; exit 3\`);
export const long = task(sh\`${rig.held("long")}\`);
export const after = task(sh\`echo never\`, { after: [bad] });
`);
  const running = rig.start(["run", "-j", "2"]);
  const [bad, long] = await Promise.all([rig.waitFor("bad"), rig.waitFor("long")]);
  bad.release();
  const { code, stdout } = await running.ended;
  await long.gone;
  expect(code).toBe(1);
  expect(stdout).toContain("exit code 3");
  expect(stdout).toContain("failed 1, skipped 1, cancelled 1");
  const keeping = rig.start(["run", "-j", "2", "-k"]);
  const [badAgain, longAgain] = await Promise.all([rig.waitFor("bad"), rig.waitFor("long")]);
  badAgain.release();
  await keeping.printed("failed   bad");
  longAgain.release();
  expect((await keeping.ended).stdout).toContain("ran 1, restored 0, fresh 0, failed 1, skipped 1");
});

test("a timeout ends the whole tree of a task", async () => {
  rig.manifest(`export const t = task(sh\`${rig.held("t")} & wait\`, { timeout: "300ms" });`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  const { code, stdout } = await running.ended;
  await held.gone;
  expect(code).toBe(1);
  expect(stdout).toContain("timeout");
});

test("a failed task is tried again as often as `retries` allows", async () => {
  rig.manifest(
    'export const t = task(sh`echo x >> tries; test "$(wc -l < tries)" -ge 3; echo ok > ${out("build/t")}`, { retries: 2 });',
  );
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("tries")).toBe("x\nx\nx\n");
});

test("the files of a failed attempt are no result", async () => {
  rig.manifest('export const t = task(sh`echo half > ${out("build/t")}; exit 1`);');
  expect((await rig.run("run")).code).toBe(1);
  expect(rig.exists("build/t")).toBe(false);
  expect((await rig.run("run")).code).toBe(1);
});

test("an output that was not made fails the task", async () => {
  rig.manifest('export const t = task(sh`echo x > build/other; : ${out("build/t")}`);');
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain('error INC4302: task "t" succeeded, but did not make its output "build/t"');
});

test("inc does not replace a directory of foreign files by an output", async () => {
  rig.write("src/precious.txt", "mine\n");
  rig.manifest('export const t = task(sh`mkdir -p ${out("src/")}`);');
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain("error INC4204");
  expect(rig.read("src/precious.txt")).toBe("mine\n");
});

test("inc keeps a foreign file at an output as a version before it replaces it", async () => {
  rig.write("build/t", "precious\n");
  rig.manifest('export const t = task(sh`echo made > ${out("build/t")}`);');
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("build/t")).toBe("made\n");
  expect(rig.storeText()).toContain("precious\n");
});

test("a damaged store is set aside, and the run goes on", async () => {
  rig.write("in.txt", "a\n");
  rig.manifest('export const t = task(sh`cp ${file("in.txt")} ${out("build/t")}`);');
  await rig.run("run");
  rig.write(".inc/data.mdb", Buffer.alloc(8192, 7));
  rig.write("in.txt", "b\n");
  const { code, stdout } = await rig.run("run");
  expect(stdout).toContain("warning INC3003: the store was damaged");
  expect(code).toBe(0);
  expect(rig.read("build/t")).toBe("b\n");
});

test("a lost executable or an unreadable input is a failed task, not a crash", async () => {
  rig.manifest('export const t = task(exec([tool("no-such-program-anywhere")]));');
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain('error INC4202: task "t" needs the tool "no-such-program-anywhere"');
});

test("stdout closed early is no crash", async () => {
  rig.manifest("export const t = task(sh`echo hi`);");
  const running = rig.start(["run", "--json"]);
  running.child.stdout?.destroy();
  const { stderr } = await running.ended;
  expect(stderr).not.toContain("internal error");
});

test("a closed terminal ends the tasks as well", async () => {
  rig.manifest(`export const t = task(sh\`${rig.held("t")}\`);`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  running.child.kill("SIGHUP");
  expect((await running.ended).code).toBe(130);
  await held.gone;
});

test("a run that a task starts in its own workspace is refused, for it would wait for itself", async () => {
  rig.manifest(`export const t = task(sh\`\${tool(${JSON.stringify(process.execPath)})} ${rig.cli} run\`);`);
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain("error INC3007: a task started inc in the workspace of its own run");
});

test("inc removes a killed run's temporary files beside an output, and nothing else", async () => {
  rig.manifest('export const t = task(sh`echo hi > ${out("build/t")}`);');
  await rig.run("run");
  rig.write("build/.inc-0123456789abcdef", "half");
  const others = ["build/.inc-fedcba9876543210", "build/t.inc-12345", "build/t.inc-old/mine", "build/t.other"];
  for (const other of others) rig.write(other, "mine");
  rig.write(".inc/journal", '{"boot":"","token":"0123456789abcdef"}\n{"begin":"a","outputs":["build/t"]}\n');
  rig.write("build/t", "torn");
  expect(await rig.results()).toEqual(["t: restored"]);
  expect(rig.read("build/t")).toBe("hi\n");
  expect(rig.exists("build/.inc-0123456789abcdef")).toBe(false);
  expect(others.filter((other) => !rig.exists(other))).toEqual([]);
});

test("an input that is no file fails its task, while other tasks run to their end", async () => {
  rig.manifest(`
export const long = task(sh\`${rig.held("long")}; echo done > \${out("build/long")}\`);
export const bad = task(sh\`cat \${file(".gate.sock")}\`, { after: [] });
`);
  const running = rig.start(["run", "-k", "-j", "2"]);
  (await rig.waitFor("long")).release();
  const { code, stdout } = await running.ended;
  expect(code).toBe(1);
  expect(stdout).toContain('error INC4102: ".gate.sock" is neither a file, a directory nor a symlink');
  expect(rig.read("build/long")).toBe("done\n");
});
