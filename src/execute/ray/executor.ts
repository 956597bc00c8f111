import { readsOf } from "../../graph/reads.ts";
import { makeOwnDirectory } from "../../host/files/own-files.ts";
import { DiagnosticError } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import type { Attempt, AttemptResult, Executor, NeededInput } from "../executor.ts";
import type { LocalPlace } from "../local/local-command.ts";
import { type Asked, RayAttempt, unstarted } from "./attempt.ts";
import { type Connection, connect, type RayPlace, resourcesAmong } from "./connect.ts";
import { expandInputs, type Listings, Unbringable } from "./inputs.ts";
import { unbringable } from "./problems.ts";
import { ContentNames, sendInputs, toolNames } from "./send-inputs.ts";
import { type NamedTool, objectsOf, sketchOf, toolsOf } from "./spec.ts";

/**
 * Executes the commands of tasks on a Ray cluster: in a directory on some node that holds their declared inputs and nothing else.
 * Their outputs come into the workspace before an attempt counts as ended. What cannot travel, this machine executes.
 */
export class RayExecutor implements Executor {
  readonly name = "ray";
  readonly #local: Executor;
  readonly #root: string;
  readonly #place: RayPlace;
  readonly #names = new ContentNames();
  readonly #listings: Listings = new Map();
  #connection: Promise<Connection> | undefined;

  /**
   * @param local Executes what cannot travel; ends with this executor.
   * @param connection A driver that is connected already; absent: one is started with the first attempt.
   */
  constructor(local: Executor, { root }: LocalPlace, place: RayPlace, connection?: Connection) {
    makeOwnDirectory(place.temporary);
    this.#local = local;
    this.#root = root;
    this.#place = place;
    this.#connection = connection === undefined ? undefined : Promise.resolve(connection);
  }

  async execute(attempt: Attempt): Promise<AttemptResult> {
    const { command } = attempt;
    const inputs = staysHere(command.task) ? [] : [...attempt.inputs()];
    const tools = staysHere(command.task) ? undefined : toolsOf(command, inputs);
    if (tools === undefined) return { ...(await this.#local.execute(attempt)), executor: this.#local.name };
    if (attempt.signal.aborted) return { outcome: "cancelled", duration: 0, logSize: 0 };
    try {
      const connection = await this.#connect();
      const asked = await this.#ask(attempt, { inputs, tools }, connection);
      if ("diagnostics" in asked) return unstarted(asked);
      const around = { root: this.#root, names: this.#names, ...connection };
      return await new RayAttempt(attempt, asked, around).run();
    } catch (error) {
      if (error instanceof Unbringable) return unstarted({ diagnostics: [unbringable(command.task, error)] });
      if (error instanceof DiagnosticError) return unstarted(error);
      throw error;
    }
  }

  close(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    void connection?.then(({ driver }) => driver.close()).catch(() => {});
    this.#local.close();
  }

  /** A driver that has ended is followed by another one: the cluster may be up again. */
  async #connect(): Promise<Connection> {
    const before = this.#connection;
    const known = await before;
    if (known !== undefined && !known.driver.isGone) return known;
    // Another attempt may have started the next one meanwhile.
    if (this.#connection === before) this.#connection = connect(this.#place);
    return this.#connect();
  }

  async #ask(
    attempt: Attempt,
    { inputs, tools }: { readonly inputs: readonly NeededInput[]; readonly tools: readonly NamedTool[] },
    { driver, ready }: Connection,
  ): Promise<Asked | Pick<DiagnosticError, "diagnostics">> {
    const sketched = sketchOf(attempt);
    if (!sketched.ok) return sketched;
    const { sketch, display } = sketched.value;
    const expanded = expandInputs(inputs, this.#root, {
      objects: objectsOf(attempt.command),
      listings: this.#listings,
    });
    const named = await toolNames(tools, this.#names);
    const sent = await sendInputs(expanded, driver, this.#names);
    const resources = resourcesAmong(attempt.command.task, ready.nodes);
    return { spec: { ...sketch, resources, tools: named, inputs: sent.inputs }, sent, display };
  }
}

/** Functions of the manifest run in processes of this inc; what changes the workspace, or talks to a service here, does so here. */
function staysHere(task: Task): boolean {
  return (
    task.action.kind === "function" ||
    task.mutates.length > 0 ||
    task.depfiles.length > 0 ||
    readsOf(task).services.length > 0
  );
}
