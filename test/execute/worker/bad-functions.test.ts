import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** A task with the body of a function, and beside it one that is well. */
function manifest(body: string, options = ""): void {
  rig.manifest(`
    import * as fs from "node:fs";
    import { spawn } from "node:child_process";
    export const good = task({ outputs: { out: "build/good.txt" }, run({ outputs }) { fs.writeFileSync(outputs.out, "good"); } });
    export const bad = task({
      outputs: { out: "build/bad.txt" },
      ${options}
      async run({ outputs, signal, log }) {
        ${body}
        fs.writeFileSync(outputs.out, "bad");
      },
    });
  `);
}

/** What a run says of the bad task; the good one is not harmed. */
async function failure(...args: readonly string[]): Promise<string> {
  const outcome = await rig.run("run", "-k", ...args);
  expect(outcome.code).toBe(1);
  expect(rig.read("build/good.txt")).toBe("good");
  expect(rig.exists("build/bad.txt")).toBe(false);
  return outcome.stdout + outcome.stderr;
}

test("a function that throws: its line in TypeScript, and its stack in the log", async () => {
  rig.write(
    "lib/parse.ts",
    `interface Row {\n  readonly a: number;\n}\nexport function parse(text: string): Row {\n  throw Object.assign(new RangeError(\`no \${text as string}\`), { code: text });\n}\n`,
  );
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    import { parse } from "./lib/parse.ts";
    export const bad = task({ outputs: { out: "o" }, async run() { await 1; parse("rows"); } });
  `);
  const said = (await rig.run("run")).stdout;
  expect(said).toContain(
    `error INC4330: the function of task "bad" threw RangeError: no rows\n  --> lib/parse.ts:5:23\n`,
  );
  expect(said).toMatch(
    /RangeError: no rows\n +at parse \(.*\/lib\/parse\.ts:5:23\)\n +at .*run \(.*\/pipeline\.ts:5:\d+\) \{\n +code: 'rows'\n +\}\n/,
  );
  expect(said).not.toContain("evaluation=");
});

test.each([
  ["throw", "throw 'text';", /INC4330: .* threw 'text'/],
  [
    "reject where nothing awaits",
    "Promise.reject(new TypeError('lost')); await new Promise((r) => setTimeout(r, 1e5));",
    /INC4330: .* threw TypeError: lost\n +--> pipeline\.ts:10/,
  ],
  ["leave a promise that is rejected", "void Promise.reject(new Error('lost'));", /INC4330: .* threw Error: lost/],
  [
    "throw in a callback",
    "await new Promise(() => setTimeout(() => { throw new Error('late'); }, 1));",
    /INC4330: .* threw Error: late/,
  ],
  [
    "never settle",
    "await new Promise(() => {});",
    /INC4331: .* awaits something that never comes\n +--> pipeline\.ts:6/,
  ],
  ["exit", "process.exit(0);", /INC4332: .* called process\.exit\(0\)\n +--> pipeline\.ts:10/],
  ["set an exit code", "process.exitCode = 3;", /INC4332: .* set process\.exitCode to 3/],
  [
    "crash",
    "process.kill(process.pid, 'SIGSEGV'); await new Promise((r) => setTimeout(r, 1e5));",
    /INC4332: .* ended its process: signal SIGSEGV/,
  ],
  [
    "be killed",
    "process.kill(process.pid, 'SIGKILL'); await new Promise((r) => setTimeout(r, 1e5));",
    /INC4333: .* was killed from outside/,
  ],
  [
    "write elsewhere",
    "fs.writeFileSync('stray.txt', '');",
    /INC4334: .* writes "stray\.txt", which is none of its outputs\n +--> pipeline\.ts:10/,
  ],
  [
    "write elsewhere and hide it",
    "await fs.promises.mkdir('stray.txt').catch(() => {}); try { fs.rmSync('pipeline.ts'); } catch {}",
    /INC4334/,
  ],
  ["return a value", "return 1;", /INC4338: .* returned 1, which is no value of the task/],
  [
    "import a module that throws",
    "await import('./broken.ts');",
    /INC4330: .* threw Error: broken\n +--> broken\.ts:1/,
  ],
  [
    "import a module that is not its code",
    "const { createRequire: make } = await import('node:module'); const load = make(import.meta.url); load('./other.ts');",
    /INC4335: .* loaded "other\.ts", which is not part of its code/,
  ],
])("a function may not %s", async (_what, body, message) => {
  rig.write("broken.ts", "throw new Error('broken');\n");
  rig.write("other.ts", "export {};\n");
  manifest(body);
  expect(await failure()).toMatch(message);
  expect(rig.exists("stray.txt")).toBe(false);
  // Nothing of it is stored.
  expect(await rig.results("-k")).toEqual(["bad: failed"]);
});

test("a function that needs more memory than there is", async () => {
  manifest("const all = []; for (;;) all.push(new Array(1e5).fill(all.length).map(String));");
  const outcome = await rig.start(["run", "-k"], { env: { NODE_OPTIONS: "--max-old-space-size=64" } }).ended;
  expect(outcome.stdout).toContain('INC4333: the function of task "bad" needs more memory than its process may have');
  expect(rig.read("build/good.txt")).toBe("good");
});

test("a function that prints 100 MB", async () => {
  manifest("const line = 'x'.repeat(1023); for (let i = 0; i < 100 * 1024; i++) console.log(line);");
  const outcome = await rig.run("run");
  expect(outcome.code).toBe(0);
  expect(rig.read("build/bad.txt")).toBe("bad");
});

test("a function that takes longer than its time-out is asked to stop, then killed with what it started", async () => {
  manifest("spawn('sleep', ['1000']); for (;;);", 'timeout: "300ms",');
  const said = await failure();
  expect(said).toContain("ended: timeout");
  expect(sleepers()).toEqual([]);
});

test("a cancelled function that heeds its signal goes on in no time, and its process is used again", async () => {
  manifest(
    "const idle = setInterval(() => {}, 1e6); await new Promise((resolve) => signal.addEventListener('abort', resolve)); clearInterval(idle); log('cleaned up');",
    'timeout: "3s",',
  );
  expect(await failure()).toContain("cleaned up");
});

test("an interrupted run ends its functions", async () => {
  manifest(`spawn("node", [".gate.mjs", "held"], { cwd: ${JSON.stringify(rig.root)} }); for (;;);`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("held");
  running.child.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
  await held.gone;
});

test("what functions leave in their process is named, and no other function sees it", async () => {
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    export const first = task({ outputs: { out: "build/1" }, run({ outputs }) {
      writeFileSync(outputs.out, String(process.pid));
      setInterval(() => {}, 1000);
      globalThis.counter = 1;
      Array.prototype.last = () => 1;
      process.chdir("/");
      process.on("exit", () => {});
    } });
    export const second = task({ outputs: { out: "build/2" }, after: [first], run({ outputs }) {
      writeFileSync(outputs.out, [process.cwd(), globalThis.counter, typeof [].last].join());
    } });
  `);
  const outcome = await rig.run("run");
  expect(outcome.code).toBe(0);
  const [warning] = /warning INC4337[\s\S]*?help/.exec(outcome.stderr + outcome.stdout) ?? [""];
  expect(warning).toContain('the function of task "first" left a timer in its process, and 4 more');
  expect(warning).toContain(
    'the working directory /, the global counter, Array.prototype.last, a listener of the process for "exit"',
  );
  expect(rig.read("build/2")).toBe(`${rig.root},,undefined`);
});

test("what Node loads for a function is nothing that the function left", async () => {
  rig.manifest(`
    import { createServer } from "node:http";
    import { writeFileSync } from "node:fs";
    export const first = task({ outputs: { out: "build/1" }, async run({ outputs }) {
      const server = createServer((_, answer) => answer.end("hello")).listen(0);
      await new Promise((resolve) => server.on("listening", resolve));
      const said = await fetch("http://localhost:" + server.address().port);
      writeFileSync(outputs.out, await said.text());
      await new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
    } });
    export const second = task({ outputs: { out: "build/2" }, after: [first], async run({ outputs }) {
      await Promise.all([import("node:worker_threads"), import("node:http2"), import("node:readline/promises")]);
      new CompressionStream("gzip");
      writeFileSync(outputs.out, new FormData().constructor.name + (await crypto.subtle.digest("SHA-1", new Uint8Array())).byteLength);
    } });
  `);
  const outcome = await rig.run("run");
  expect([outcome.code, outcome.stdout + outcome.stderr]).toEqual([0, expect.not.stringContaining("INC4337")]);
  expect([rig.read("build/1"), rig.read("build/2")]).toEqual(["hello", "FormData20"]);
});

test("a timer that keeps no process alive fires in no other function, and is nobody's fault", async () => {
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    export const plain = task({ outputs: { out: "build/0" }, run({ outputs }) {
      clearInterval(setInterval(() => {}, 1).unref());
      writeFileSync(outputs.out, String(process.pid));
    } });
    export const first = task({ outputs: { out: "build/1" }, after: [plain], run({ outputs }) {
      setInterval(() => {}, 1000).unref();
      writeFileSync(outputs.out, String(process.pid));
    } });
    export const second = task({ outputs: { out: "build/2" }, after: [first], run({ outputs }) {
      writeFileSync(outputs.out, String(process.pid));
    } });
  `);
  const outcome = await rig.run("run");
  expect(outcome.code).toBe(0);
  expect(outcome.stdout + outcome.stderr).not.toContain("INC4337");
  expect(rig.read("build/1")).toBe(rig.read("build/0"));
  expect(rig.read("build/2")).not.toBe(rig.read("build/1"));
});

/** Living processes of this workspace that sleep. */
function sleepers(): string[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc").filter((pid) => {
    try {
      return (
        readFileSync(`/proc/${pid}/comm`, "utf8") === "sleep\n" &&
        readFileSync(`/proc/${pid}/environ`, "latin1").includes(`HOME=${rig.root}`)
      );
    } catch {
      return false;
    }
  });
}
