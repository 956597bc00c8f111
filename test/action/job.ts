import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Rig } from "../support/rig.ts";
import { runShared, type SharedRun } from "../support/shared-runs.ts";
import { CacheService, type Rights } from "./cache-service.ts";

export interface JobOptions {
  readonly commit: string;
  readonly event?: string;
  readonly rights?: Rights;
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export const MAIN: Rights = { writes: "refs/heads/main", reads: ["refs/heads/main"] };
/** A pull request into main. */
export const PULL_REQUEST: Rights = { writes: "refs/pull/3/merge", reads: ["refs/pull/3/merge", "refs/heads/main"] };

/** What all jobs of a test have in common. */
export interface Runner {
  /** Absolute path of the directory with `action.yml`. */
  readonly action: string;
  /** Absolute path of its files: on each machine of GitHub the same. */
  readonly files: string;
  /** Address of the cache. */
  readonly service: string;
}

/** One job on a machine of its own, as the runner of GitHub Actions runs it: the action, steps, the end of the action. */
export class Job {
  readonly rig: Rig;
  readonly #runner: Runner;
  readonly #env: Readonly<Record<string, string>>;
  /** What the action printed. */
  said = "";

  /** @param rig A fresh checkout. */
  constructor(runner: Runner, rig: Rig, { commit, event, rights, name, env }: JobOptions) {
    this.rig = rig;
    this.#runner = runner;
    const { files, service } = runner;
    rmSync(files, { recursive: true, force: true });
    mkdirSync(join(files, "temp"), { recursive: true });
    for (const file of ["env", "state"]) writeFileSync(join(files, file), "");
    this.#env = {
      PATH: process.env["PATH"] ?? "",
      HOME: rig.root,
      RUNNER_TEMP: join(files, "temp"),
      RUNNER_OS: "Linux",
      RUNNER_ARCH: "X64",
      GITHUB_ACTIONS: "true",
      GITHUB_WORKSPACE: rig.root,
      GITHUB_WORKFLOW: "inc",
      GITHUB_JOB: name ?? "run",
      GITHUB_SHA: commit,
      GITHUB_EVENT_NAME: event ?? "push",
      GITHUB_ENV: join(files, "env"),
      GITHUB_STATE: join(files, "state"),
      INPUT_VARIANT: "null",
      ACTIONS_CACHE_SERVICE_V2: "true",
      ACTIONS_RESULTS_URL: service,
      ACTIONS_RUNTIME_TOKEN: CacheService.token(rights ?? MAIN),
      ...env,
    };
  }

  /** What the first step of the action exports to the others. */
  get exported(): Readonly<Record<string, string>> {
    return this.#written("env");
  }

  /** Runs one of the action's two programs, as `action.yml` names them. Resolves to its exit code. */
  async step(name: "main" | "post"): Promise<number | null> {
    const [, path = ""] =
      new RegExp(`^  ${name}: (.*)$`, "m").exec(readFileSync(join(this.#runner.action, "action.yml"), "utf8")) ?? [];
    const states = Object.entries(this.#written("state")).map(([key, value]) => [`STATE_${key}`, value]);
    const child = spawn(process.execPath, [join(this.#runner.action, path)], {
      cwd: this.rig.root,
      env: { ...this.#env, ...Object.fromEntries(states) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (bytes: Buffer) => {
        this.said += bytes.toString();
      });
    return new Promise((resolve) => child.once("close", resolve));
  }

  run(...args: readonly string[]): Promise<SharedRun> {
    return runShared(this.rig, this.exported, args);
  }

  /** The whole job. */
  async whole(...args: readonly string[]): Promise<SharedRun> {
    const before = await this.step("main");
    const outcome = await this.run(...args);
    const after = outcome.code === 0 ? await this.step("post") : 0;
    return { ...outcome, code: outcome.code === 0 ? (before ?? 1) + (after ?? 1) : outcome.code };
  }

  /** Variables as the runner reads them: `NAME<<DELIMITER`, lines, `DELIMITER`. */
  #written(file: string): Readonly<Record<string, string>> {
    const text = readFileSync(join(this.#runner.files, file), "utf8");
    const pairs = [...text.matchAll(/^(\w+)<<(\S+)\n([\s\S]*?)\n\2$/gm)].map(([, name, , value]) => [name, value]);
    return Object.fromEntries(pairs);
  }
}
