import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { Rig } from "../../support/rig.ts";

/** More than a pipe holds. */
const LINES = 60_000;

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

const TASK = 'export const a = task(sh`echo made > ${out("a.txt")}`);';

/** A workspace whose manifest begins a read that never ends, in a thread of Node. */
async function stuck(more = ""): Promise<Rig> {
  const rig = await Rig.create();
  execFileSync("mkfifo", [rig.path("never")]);
  const read = `import { readFile } from "node:fs";\nreadFile(${JSON.stringify(rig.path("never"))}, () => {});`;
  rig.manifest(`${read}\n${more}\n${TASK}\nexport const b = task(sh\`exit 3\`);`);
  return rig;
}

/** A shell line in the workspace, in which $INC is the command line. */
function shell(rig: Rig, line: string): { code: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env["PATH"], HOME: rig.root, INC: `${process.execPath} ${rig.cli}` };
  try {
    const stdout = execFileSync("/bin/bash", ["-c", line], { cwd: rig.root, env, encoding: "utf8", stdio: "pipe" });
    return { code: 0, stdout, stderr: "" };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number | null; stdout: string; stderr: string };
    return { code: status, stdout, stderr };
  }
}

describe("the end of the process", () => {
  it("comes even if a thread of Node never ends", async () => {
    rig = await Rig.create();
    execFileSync("mkfifo", [rig.path("never")]);
    const stuck = `import { open } from "node:fs";\nopen(${JSON.stringify(rig.path("never"))}, () => {});`;
    for (const [body, code] of [
      [`${stuck}\n${TASK}`, 0],
      [`${stuck}\nexport const b = task(sh\`exit 3\`);`, 1],
      [`${stuck}\nthrow new Error("no");`, 2],
    ] as const) {
      rig.manifest(body);
      expect((await rig.run("run")).code).toBe(code);
    }
  });

  it("comes after a crash even if a thread of Node never ends", async () => {
    rig = await Rig.create();
    execFileSync("mkfifo", [rig.path("never")]);
    rig.manifest(
      [
        'import { open } from "node:fs";',
        `open(${JSON.stringify(rig.path("never"))}, () => {});`,
        'setTimeout(() => { throw new Error("later"); }, 1);',
        `export const a = task(sh\`${rig.held("a")}\`);`,
      ].join("\n"),
    );
    const outcome = await rig.run("run");
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain("internal error: Error: later");
  });

  it("comes after all output, into a slow pipe, a file, and a pipe that is closed early", async () => {
    rig = await Rig.create(`export const a = task(sh\`seq ${LINES} > \${out("a.txt")}\`);`);
    expect((await rig.run("run")).code).toBe(0);
    const whole = rig.read("a.txt");
    // The reader begins only when inc waits for it with a full pipe.
    const get = ["get", "a.txt@latest"];
    const child = spawn(process.execPath, [rig.cli, ...get], { cwd: rig.root, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    await new Promise((resolve) => child.stdout.once("readable", resolve));
    for await (const chunk of child.stdout) text += String(chunk);
    expect(text === whole).toBe(true);
    expect(await exitOf(child)).toBe(0);

    expect(shell(rig, "$INC get a.txt@latest > got").code).toBe(0);
    expect(rig.read("got") === whole).toBe(true);

    rig.manifest("export const a = task(sh`seq 1000; exit 1`);");
    expect(shell(rig, "$INC run | head -c 1 > head; exit ${PIPESTATUS[0]}").code).toBe(1);
    expect(rig.read("head")).toHaveLength(1);
  });

  it.skipIf(!existsSync("/proc/self/fdinfo"))("leaves shared pipes in blocking mode (Linux only)", async () => {
    rig = await Rig.create(`export const o = object("o");\n${TASK}`);
    const flags = (fd: number) => `grep flags: /proc/self/fdinfo/${fd} >> flags`;
    rig.write("flags", "");
    // inc is in the middle of a pipeline: stdin, stdout and stderr are pipes, and the commands after it share them.
    shell(
      rig,
      `{ echo one; sleep 0.01; } | { $INC put o -; $INC list; ${flags(0)}; ${flags(1)}; ${flags(2)}; } 2> >(cat) | cat`,
    );
    const seen = rig.read("flags").trim().split("\n");
    expect(seen).toHaveLength(3);
    for (const line of seen) expect(Number.parseInt(line.split("\t")[1] as string, 8) & 0o4000).toBe(0);
  });

  it("does not lose coverage, which Node writes at its own exit, even if a thread of Node never ends", async () => {
    rig = await stuck();
    for (const [command, code] of [
      [["list"], 0],
      [["run", "b"], 1],
      [["run", "no-such-task"], 2],
    ] as const) {
      const env = { NODE_V8_COVERAGE: rig.path(`coverage${code}`) };
      expect((await rig.start(command, { env }).ended).code).toBe(code);
      const [file = ""] = readdirSync(rig.path(`coverage${code}`));
      expect(rig.read(`coverage${code}/${file}`)).toContain("inc.js");
    }
  });

  it("does not lose a profile, which Node writes at its own exit", async () => {
    rig = await Rig.create(TASK);
    for (const [command, code] of [
      ["list", 0],
      ["no-such-command", 2],
    ] as const) {
      const env = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${rig.path(command)}` };
      const { code: ended, stderr } = await rig.start([command], { env }).ended;
      expect([ended, stderr.includes("was killed")]).toEqual([code, false]);
      expect(readdirSync(rig.path(command))).toHaveLength(1);
    }
  });

  it("comes in the end with a profile, too, even if a thread of Node never ends", async () => {
    rig = await stuck();
    const env = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${rig.path("profiles")}` };
    const { signal, stdout, stderr } = await rig.start(["list"], { env }).ended;
    expect(signal).toBe("SIGKILL");
    expect(stdout).toBe("a\nb\n");
    expect(stderr).toContain("was killed; the exit code would have been 0\n");
    expect(readdirSync(rig.path("profiles"))).toHaveLength(1);
  });

  it.for([
    ["is not executable", "", 0o644],
    ["is no program", "no program\n", 0o755],
    ["is empty", "", 0o755],
  ] as const)("comes with its code where /bin/sh %s [needs root]", async ([, content, mode], context) => {
    rig = await stuck();
    rig.write("no-shell", content, mode);
    const start = (args: string) =>
      spawnSync(
        "unshare",
        [
          "-m",
          "bash",
          "-c",
          `mount --bind no-shell "$(readlink -f /bin/sh)" && exec ${process.execPath} ${rig?.cli} ${args}`,
        ],
        { cwd: rig?.root, encoding: "utf8" },
      );
    const { status, stdout, stderr } = start("list");
    if (/Operation not permitted/.test(stderr)) context.skip("to put something in the place of /bin/sh takes root");
    expect([status, stdout, stderr]).toEqual([0, "a\nb\n", ""]);
    expect(start("run no-such-task").status).toBe(2);
  });

  it("comes if a listener of the manifest throws at the exit", async () => {
    rig = await stuck('process.on("exit", () => { throw new Error("thrown late"); });');
    const { code, stderr } = await rig.run("list");
    expect(code).toBe(2);
    expect(stderr).toContain("thrown late");
  });
});

function exitOf(child: ReturnType<typeof spawn>): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("exit", resolve));
}
