import { DiagnosticError } from "../../model/diagnostic.ts";
import type { Attempt, AttemptResult, Executor, NeededInput } from "../executor.ts";
import type { LocalPlace } from "../local/local-command.ts";
import { type Asked, RayAttempt, unstarted } from "./attempt.ts";
import { type Connection, resourcesAmong } from "./connect.ts";
import { expandInputs, type Listings, Unbringable } from "./inputs.ts";
import type { Link } from "./link.ts";
import { immovableTool, lostCluster, unbringable } from "./problems.ts";
import { InterpreterVersions, pythonOf, pythonSketch, withoutInterpreter } from "./python.ts";
import { ContentNames, sendInputs, toolNames } from "./send-inputs.ts";
import { type NamedTool, objectsOf, sketchOf, toolsOf } from "./spec.ts";

/** What an attempt needs there. */
interface Needs {
  readonly inputs: readonly NeededInput[];
  readonly tools: readonly NamedTool[];
}

/**
 * Executes the commands of tasks on a Ray cluster: in a directory on some node that holds their declared inputs and nothing else.
 * Their outputs come into the workspace before an attempt counts as ended. What cannot travel, this machine executes.
 */
export class RayExecutor implements Executor {
  readonly name = "ray";
  readonly #local: Executor;
  readonly #root: string;
  readonly #link: Link;
  readonly #names = new ContentNames();
  readonly #listings: Listings = new Map();
  readonly #versions = new InterpreterVersions();

  /**
   * @param local Executes what the cluster does not take, or cannot; ends with this executor.
   * @param link Outlives it.
   */
  constructor(local: Executor, { root }: LocalPlace, link: Link) {
    this.#local = local;
    this.#root = root;
    this.#link = link;
  }

  async execute(attempt: Attempt): Promise<AttemptResult> {
    const { command } = attempt;
    const { task } = command;
    if (!this.#link.takes(task)) return this.#here(attempt);
    const python = pythonOf(task);
    const all = [...attempt.inputs()];
    const inputs = python === undefined ? all : withoutInterpreter(attempt, python.python, all);
    const tools = toolsOf(command, inputs);
    if (typeof tools === "string") return this.#withoutTool(attempt, tools);
    try {
      return await this.#there(attempt, { inputs, tools });
    } catch (error) {
      if (error instanceof Unbringable) return unstarted({ diagnostics: [unbringable(task, error)] });
      if (error instanceof DiagnosticError) return unstarted(error);
      throw error;
    }
  }

  /** @param isAgain Its driver went before a node had it: another one is asked, once. */
  async #there(attempt: Attempt, needs: Needs, isAgain = false): Promise<AttemptResult> {
    const connection = await this.#link.connect(attempt.signal);
    if (connection === undefined) return { outcome: "cancelled", duration: 0, logSize: 0 };
    const asked = await this.#ask(attempt, needs, connection);
    if ("diagnostics" in asked) return unstarted(asked);
    const result = await new RayAttempt(attempt, asked, { root: this.#root, names: this.#names, ...connection }).run();
    if (result !== "undelivered") return result;
    if (!isAgain) return this.#there(attempt, needs, true);
    return unstarted({ diagnostics: [lostCluster(attempt.command.task, connection.driver.words)] });
  }

  close(): void {
    this.#local.close();
  }

  /** A tool that no other machine can have: this one runs the command, unless its task insists. */
  #withoutTool(attempt: Attempt, tool: string): AttemptResult | Promise<AttemptResult> {
    const { task } = attempt.command;
    if (task.executor === "ray") return unstarted({ diagnostics: [immovableTool(task, tool)] });
    return this.#here(attempt);
  }

  async #here(attempt: Attempt): Promise<AttemptResult> {
    return { ...(await this.#local.execute(attempt)), executor: this.#local.name };
  }

  #sketch(attempt: Attempt): ReturnType<typeof sketchOf> {
    const python = pythonOf(attempt.command.task);
    if (python === undefined) return sketchOf(attempt);
    const expected = this.#versions.of(attempt, python.python, this.#root);
    return { ok: true, value: pythonSketch(attempt, python, expected) };
  }

  async #ask(
    attempt: Attempt,
    { inputs, tools }: Needs,
    { driver, capacity }: Connection,
  ): Promise<Asked | Pick<DiagnosticError, "diagnostics">> {
    const sketched = this.#sketch(attempt);
    if (!sketched.ok) return sketched;
    const { sketch, display } = sketched.value;
    const expanded = expandInputs(inputs, this.#root, {
      objects: objectsOf(attempt.command),
      listings: this.#listings,
    });
    const named = await toolNames(tools, this.#names);
    const sent = await sendInputs(expanded, driver, this.#names);
    const resources = resourcesAmong(attempt.command.task, capacity);
    return { spec: { ...sketch, resources, tools: named, inputs: sent.inputs }, sent, display };
  }
}
