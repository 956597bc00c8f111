import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Attempt, AttemptResult, Executor, NeededInput } from "../../src/execute/executor.ts";
import { LocalExecutor } from "../../src/execute/local/executor.ts";
import { prepareOutputs } from "../../src/execute/outputs.ts";
import { hasher } from "../../src/host/files/hash.ts";

/** The name of this executor's machine. */
export const FAR = "far.example";

/**
 * Executes each attempt in an empty directory of its own, as a machine without the workspace would: the declared inputs are
 * copied there, and outputs and log are copied back.
 */
export class Elsewhere implements Executor {
  readonly name = "elsewhere";
  readonly #workspace: string;
  readonly #base: string;
  /** Attempt → paths that were copied there. */
  readonly brought = new Map<string, readonly string[]>();

  /** @param base Absolute path of the directory that holds those of attempts; it is empty after each attempt. */
  constructor(workspace: string, base: string) {
    this.#workspace = workspace;
    this.#base = base;
  }

  close(): void {}

  async execute(attempt: Attempt): Promise<AttemptResult> {
    const root = mkdtempSync(join(this.#base, "attempt-"));
    try {
      const { task } = attempt.command;
      this.#bring([...attempt.inputs()], root, task.id);
      mkdirSync(join(root, task.cwd), { recursive: true });
      const unprepared = prepareOutputs(task, root);
      if (unprepared.length > 0) return { outcome: "failed", duration: 0, logSize: 0, diagnostics: unprepared };
      const log = join(root, ".log");
      const local = new LocalExecutor({ root, temporary: join(root, ".lists") });
      const result = await local.execute({ ...attempt, log });
      local.close();
      if (existsSync(log)) copy(log, attempt.log);
      if (result.outcome === "ok") this.#bringBack(root, [...task.outputs, ...task.depfiles]);
      return { ...result, host: FAR };
    } finally {
      rmSync(root, { recursive: true });
    }
  }

  #bring(inputs: readonly NeededInput[], root: string, task: string): void {
    // Programs that the machine has need not be copied.
    const inside = inputs.filter(({ path }) => !isAbsolute(path));
    for (const { path, identity } of inside) {
      copy(join(this.#workspace, path), join(root, path));
      if (identity.type === "file" && hasher.digest(readFileSync(join(root, path))) !== identity.digest)
        throw new Error(`${path} is not what the attempt asked for`);
    }
    this.brought.set(task, inside.map(({ path }) => path).sort());
  }

  #bringBack(root: string, made: readonly { readonly path: string }[]): void {
    for (const { path } of made) if (existsSync(join(root, path))) copy(join(root, path), join(this.#workspace, path));
  }
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}
