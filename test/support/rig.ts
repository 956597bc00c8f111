import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunnerTestCase, TestRunner } from "vitest";
import { GATE_CLIENT, Gate, type Held } from "./gate.ts";
import { type Outcome, Running } from "./running.ts";

const CLI = fileURLToPath(new URL("../../bin/inc.js", import.meta.url));
/** The cache of compiled code, shared by all tests: HOME is the workspace, where a cache would be a stray source. */
const CACHES = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");

/** The user id that owns nothing. */
const NOBODY = 65_534;

/** Of how many processes of inc a failed test tells how they ended. */
const TOLD = 3;

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Relative to the workspace. */
  readonly cwd?: string;
  readonly input?: string;
  /** Absolute path of a script to start instead of the command line. */
  readonly script?: string;
  /** Flags of Node. */
  readonly flags?: readonly string[];
}

/** The real command line in a temporary workspace, with commands that a test can hold and release. */
export class Rig {
  readonly root: string;
  /** Absolute path of the command line's entry. */
  readonly cli = CLI;
  readonly #gate: Gate;
  readonly #children = new Set<ChildProcess>();
  /** How those that were started last ended. */
  readonly #told: string[] = [];
  #user: { readonly uid: number; readonly gid: number } | undefined;

  private constructor(root: string, gate: Gate) {
    this.root = root;
    this.#gate = gate;
  }

  static async create(manifest?: string): Promise<Rig> {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "inc-rig-")));
    const rig = new Rig(root, await Gate.open(join(root, ".gate.sock")));
    rig.write("package.json", `{ "type": "module" }\n`);
    rig.write(".gate.mjs", GATE_CLIENT.replace("SOCKET", JSON.stringify(rig.path(".gate.sock"))));
    if (manifest !== undefined) rig.manifest(manifest);
    return rig;
  }

  /** Writes `pipeline.ts`; everything public is imported already. */
  manifest(body: string): void {
    const names = [
      "config",
      "depfile",
      "each",
      "env",
      "exec",
      "file",
      "files",
      "glob",
      "list",
      "object",
      "out",
      "param",
      "ray",
      "read",
      "records",
      "service",
      "sh",
      "task",
      "tool",
      "untracked",
    ];
    const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(body));
    this.write("pipeline.ts", `import { ${used.join(", ")} } from "inc-run";\n${body}\n`);
  }

  path(path: string): string {
    return join(this.root, path);
  }

  write(path: string, content: string | Uint8Array, mode?: number): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
    if (mode !== undefined) chmodSync(this.path(path), mode);
  }

  read(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  exists(path: string): boolean {
    return existsSync(this.path(path));
  }

  remove(path: string): void {
    // A watch may put a file back meanwhile: the directory is then not empty, and the removal is tried again.
    rmSync(this.path(path), { recursive: true, force: true, maxRetries: 10 });
  }

  /** Makes later commands run as an unprivileged user that owns all current files of the workspace. */
  asUser(): void {
    if (process.getuid?.() !== 0) return;
    this.#user = { uid: NOBODY, gid: NOBODY };
    execFileSync("chown", ["-R", `${NOBODY}:${NOBODY}`, this.root]);
  }

  /** Starts `inc …` without waiting for it. */
  start(args: readonly string[], options: StartOptions = {}): Running {
    const child = spawn(process.execPath, [...(options.flags ?? []), options.script ?? CLI, ...args], {
      cwd: this.path(options.cwd ?? "."),
      env: {
        PATH: process.env["PATH"],
        HOME: this.root,
        TMPDIR: tmpdir(),
        XDG_CACHE_HOME: CACHES,
        // inc has a cache of compiled code of its own. See vitest.config.ts.
        ...(options.script === undefined ? {} : { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] }),
        ...options.env,
      },
      stdio: "pipe",
      ...this.#user,
    });
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    // EPIPE: inc may have ended before it reads what it is given. How it ended is what a test looks at.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    const running = new Running(child, args);
    child.once("close", () => this.#told.push(running.story));
    return running;
  }

  run(...args: readonly string[]): Promise<Outcome> {
    return this.start(args).ended;
  }

  /** Runs inc and returns each `task-ended` event as `name: result`, in order, without fresh tasks. */
  async results(...args: readonly string[]): Promise<string[]> {
    const outcome = await this.run("run", "--json", ...args);
    const events = outcome.stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { kind: string; task: string; result: string });
    if (events.length === 0) throw new Error(`no events: ${outcome.stderr}`);
    return events
      .filter((event) => event.kind === "task-ended" && event.result !== "fresh")
      .map((event) => `${event.task}: ${event.result}`)
      .sort();
  }

  /** All bytes of the store, as text. */
  storeText(): string {
    const entries = readdirSync(this.path(".inc"), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return entries.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("\n");
  }

  /** Shell text that reports its start under a name and continues once the test releases it. */
  held(name: string): string {
    return `node .gate.mjs ${name}`;
  }

  /** Resolves when a held command of that name has started. */
  waitFor(name: string): Promise<Held> {
    return this.#gate.waitFor(name);
  }

  /** Releases all held commands of that name, from now on at once. */
  open(name: string): void {
    this.#gate.pass(name);
  }

  async close(): Promise<void> {
    this.#tell(TestRunner.getCurrentTest());
    for (const child of this.#children) child.kill("SIGKILL");
    await this.#gate.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Adds to the error of a test that failed what its processes said: an assertion shows only what differs from what it expects. */
  #tell(test: RunnerTestCase | undefined): void {
    const error = test?.result?.state === "fail" ? test.result.errors?.[0] : undefined;
    if (error !== undefined) error.message += ["", ...this.#told.slice(-TOLD)].join("\n");
  }
}

/** The rigs of one test after another. */
export class Rigs {
  readonly #rigs: Rig[] = [];

  /** @param files Their texts, by path. */
  async of(manifest: string, files: Readonly<Record<string, string>> = {}): Promise<Rig> {
    const rig = await Rig.create(manifest);
    this.#rigs.push(rig);
    for (const [path, text] of Object.entries(files)) rig.write(path, text);
    return rig;
  }

  /** Closes those of the test that ends. */
  async close(): Promise<void> {
    for (const rig of this.#rigs.splice(0)) await rig.close();
  }
}
