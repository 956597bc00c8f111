import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tool } from "../peers/tools.ts";
import { undoAtExit } from "../timing/leftovers.ts";
import { type Timed, timed } from "../timing/timed.ts";
import { type Workload, writeSources } from "./workload.ts";

export interface Build extends Timed {
  /** Number of tasks that ran. */
  readonly ran: number;
}

export interface BuildOptions {
  readonly flags?: readonly string[];
  readonly looksAtMemory?: boolean;
}

/** A workspace with a workload, which one tool builds. */
export class Site {
  readonly tool: Tool;
  readonly workload: Workload;
  #directory: string | undefined;
  #isDone = (): void => {};

  constructor(tool: Tool, workload: Workload) {
    this.tool = tool;
    this.workload = workload;
  }

  get root(): string {
    if (this.#directory === undefined) throw new Error(`${this.tool.name} has no workspace yet`);
    return join(this.#directory, "work");
  }

  /** Begins again with a new workspace, in which nothing is built. */
  renew(): void {
    this.end();
    this.#directory = mkdtempSync(join(tmpdir(), `inc-bench-${this.tool.name}-`));
    this.#isDone = undoAtExit(() => this.end());
    mkdirSync(this.root);
    writeSources(this.workload, this.root);
    this.tool.prepare(this.workload, this.root);
  }

  async build({ flags = [], looksAtMemory = false }: BuildOptions = {}): Promise<Build> {
    const before = this.#outputTimes();
    const finished = await timed({
      command: [...this.tool.command, ...flags] as [string, ...string[]],
      cwd: this.root,
      env: this.tool.env ?? {},
      looksAtMemory,
    });
    const rewritten = this.#outputTimes().filter((time, n) => time !== before[n]).length;
    return { ...finished, ran: this.tool.ran(finished.text, rewritten) };
  }

  /** The first output that is missing, or is not what a build from scratch makes. */
  get wrongOutput(): string | undefined {
    const missing = this.workload.steps.find(({ output }) => !existsSync(join(this.root, output)));
    return missing?.output ?? this.workload.wrongOutput(this.root);
  }

  end(): void {
    if (this.#directory === undefined) return;
    this.tool.end?.(this.root);
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
    this.#directory = undefined;
    this.#isDone();
  }

  #outputTimes(): (bigint | undefined)[] {
    return this.workload.steps.map(
      ({ output }) => lstatSync(join(this.root, output), { bigint: true, throwIfNoEntry: false })?.mtimeNs,
    );
  }
}
