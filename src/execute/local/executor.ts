import { constants, rmSync } from "node:fs";
import { hostname } from "node:os";
import { Contained } from "../../host/files/contained.ts";
import { phase } from "../../host/phases.ts";
import type { FunctionAction } from "../../model/task/action.ts";
import type { Attempt, AttemptResult, Executor } from "../executor.ts";
import { Launcher } from "../launcher.ts";
import { functionName } from "../render.ts";
import { findShell } from "../shell.ts";
import { stdoutOf } from "../streams.ts";
import { executeFunction } from "../worker/execute.ts";
import { WorkerPool } from "../worker/pool.ts";
import { DirectStart } from "./direct.ts";
import { type LocalCommand, type LocalPlace, localCommand } from "./local-command.ts";
import { type Shared, supervise } from "./supervise.ts";

/** Executes attempts as child processes in a directory of this machine: in the workspace itself, as a rule. */
export class LocalExecutor implements Executor {
  readonly name = "local";
  readonly #host = hostname();
  readonly #place: LocalPlace;
  readonly #launcher = new Launcher();
  readonly #direct: DirectStart;
  readonly #shared: Shared = { leaders: new Set(), freeLogs: new Set() };
  readonly #workers: WorkerPool;
  readonly #ownsWorkers: boolean;

  /** @param workers Processes for functions that are there for more than one run; absent: they end with this executor. */
  constructor(place: LocalPlace, workers?: WorkerPool) {
    this.#place = place;
    this.#workers = workers ?? new WorkerPool(place.temporary);
    this.#ownsWorkers = workers === undefined;
    this.#direct = new DirectStart(place.root, (command) => this.#launcher.start(command));
  }

  async execute(attempt: Attempt): Promise<AttemptResult> {
    const { task } = attempt.command;
    if (task.action.kind === "function") return this.#call(attempt, task.action);
    const command = localCommand(attempt.command, this.#place, attempt.id);
    if (!command.ok) return { outcome: "failed", duration: 0, logSize: 0, diagnostics: command.diagnostics };
    attempt.onStart(command.value.display);
    try {
      const supervised = phase(
        "execute",
        "command",
        () => this.#supervise(attempt, command.value),
        () => attempt.command.task.id,
      );
      return { ...(await supervised), host: this.#host };
    } finally {
      for (const list of command.value.lists) rmSync(list, { force: true });
    }
  }

  close(): void {
    this.#launcher.close();
    if (this.#ownsWorkers) this.#workers.close();
  }

  async #call(attempt: Attempt, action: FunctionAction): Promise<AttemptResult> {
    attempt.onStart(functionName(attempt.command.task));
    const { python } = action;
    const around = { place: this.#place, servers: this.#workers.python, shared: this.#shared };
    const called = async (): Promise<AttemptResult> => {
      if (python === undefined) return executeFunction(attempt, action, this.#place, this.#workers);
      // Loaded here: it needs node:crypto, which took a twentieth of the processor time of a run of one command.
      const { executePython } = await import("../python/execute.ts");
      return executePython(attempt, action, python, around);
    };
    return { ...(await phase("execute", "function", called, () => attempt.command.task.id)), host: this.#host };
  }

  #supervise(attempt: Attempt, command: LocalCommand): ReturnType<typeof supervise> {
    const { task } = attempt.command;
    const { action } = task;
    const supervised = {
      ...command,
      id: attempt.id,
      stdout: this.#opener(task.outputs, stdoutOf(task)),
      stderr: action.kind === "exec" ? this.#opener(task.outputs, action.stderr) : undefined,
      log: attempt.log,
      onOutput: attempt.onOutput,
      timeout: task.timeout,
      signal: attempt.signal,
      shared: this.#shared,
      onSpawn: (pid: number) => attempt.onSpawn(pid),
    };
    const inBash = action.kind === "shell" && findShell().kind === "bash";
    return supervise(
      supervised,
      async (started) =>
        (inBash ? await this.#direct.start(task, started) : undefined) ?? this.#launcher.start(started),
    );
  }

  /** Opens the output that takes a stream, when the command is about to start. */
  #opener(outputs: readonly { readonly path: string }[], index: number | undefined): (() => number) | undefined {
    const path = index === undefined ? undefined : outputs[index]?.path;
    if (path === undefined) return undefined;
    return () => new Contained(this.#place.root).open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
  }
}
