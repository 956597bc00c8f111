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
  readonly #temporary: string;
  readonly #link: Link;
  readonly #names = new ContentNames();
  readonly #listings: Listings = new Map();
  readonly #versions = new InterpreterVersions();
  /** Attempts of which nothing runs any more, and whose outputs are coming. */
  readonly #coming = new Set<Attempt>();

  /**
   * @param local Executes what the cluster does not take, or cannot; ends with this executor.
   * @param link Outlives it.
   */
  constructor(local: Executor, { root, temporary }: LocalPlace, link: Link) {
    this.#local = local;
    this.#root = root;
    this.#temporary = temporary;
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
    const result = await this.#follow(attempt, asked, connection);
    if (result !== "undelivered") return result;
    if (!isAgain) return this.#there(attempt, needs, true);
    return unstarted({ diagnostics: [lostCluster(attempt.command.task, connection.driver.words)] });
  }

  /** While outputs come, others may run where it ran: not more than run at once, for outputs that wait fill the memory of the nodes. */
  async #follow(attempt: Attempt, asked: Asked, connection: Connection): Promise<AttemptResult | "undelivered"> {
    const { notice } = this.#link;
    const most = connection.capacity.get("cpu") ?? 1;
    const onPlaced = (host: string): void => {
      attempt.onPlaced(host);
      notice?.placed(attempt.id, attempt.command.task.id, host);
    };
    const onMade = (): void => {
      notice?.left(attempt.id);
      if (this.#coming.size >= most) return;
      this.#coming.add(attempt);
      attempt.onVacated();
    };
    const onAgain = (): Promise<void> => {
      this.#coming.delete(attempt);
      return attempt.retake();
    };
    const place = { root: this.#root, temporary: this.#temporary, names: this.#names };
    try {
      return await new RayAttempt(attempt, asked, { ...place, onPlaced, onMade, onAgain, ...connection }).run();
    } finally {
      this.#coming.delete(attempt);
      notice?.left(attempt.id);
    }
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
    const { task } = attempt.command;
    const runtimeEnv = task.runtimeEnv === undefined ? null : JSON.parse(task.runtimeEnv);
    const resources = resourcesAmong(task, capacity);
    return { spec: { ...sketch, resources, runtimeEnv, tools: named, inputs: sent.inputs }, sent, display };
  }
}
