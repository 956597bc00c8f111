import type { Task } from "../model/graph.ts";
import type { ReferenceValues } from "./render.ts";

/** The command of a task or a service before it is known where it runs: all paths in it are the workspace's. */
export interface TaskCommand {
  readonly task: Task;
  /** What its references and its environment are made of. */
  readonly values: ReferenceValues;
  /** Never shown and never stored. */
  readonly secrets: readonly Buffer[];
}
