import type { Input, Task } from "../../model/graph.ts";
import { own } from "../../model/own.ts";
import type { FreshTask, FreshTasks } from "../../workspace/snapshot.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import { type RunPins, toolKey } from "./pins.ts";

/**
 * The short way to "fresh": same graph, parameters and environment as in the run that wrote the snapshot, no commit since,
 * and every file that the task read or made looks as it did and is trusted. Then its description would be the same, byte
 * for byte, so it need not be made. A task that cannot be proved fresh this way is decided the long way.
 */
export class QuickCheck {
  readonly #workspace: Workspace;
  readonly #fresh: FreshTasks;

  constructor(workspace: Workspace, fresh: FreshTasks) {
    this.#workspace = workspace;
    this.#fresh = fresh;
  }

  /** What the snapshot holds of a fresh task; undefined: it has to be assessed. All that it depends on has been decided. */
  fresh(task: Task, pins: RunPins): FreshTask | undefined {
    const known = own(this.#fresh.tasks, task.id);
    if (known === undefined) return undefined;
    const [, , ...found] = known;
    const { index } = this.#workspace;
    const same = (path: string): boolean =>
      !pins.isAssumed(path) && pins.identify(path) !== undefined && index.unchanged(path);
    const holds =
      task.inputs.every((input) => this.#same(input, task, pins, same)) &&
      found.every(same) &&
      task.outputs.every(({ path }) => index.identify(path) !== undefined && index.unchanged(path));
    return holds ? known : undefined;
  }

  #same(input: Input, task: Task, pins: RunPins, same: (path: string) => boolean): boolean {
    switch (input.kind) {
      case "file":
      case "artifact":
        return same(input.path);
      case "files":
        return pins.setRoot(input.set) === this.#fresh.sets[input.set];
      case "tool":
        return (
          JSON.stringify(pins.tool(input.name, task.cwd)) ===
          JSON.stringify(own(this.#fresh.tools, toolKey(input.name, task.cwd)))
        );
      case "entry":
      case "service":
        return this.#sameEntry(input.task, pins);
      case "units":
        return input.items.every(({ task: unit, path }) =>
          path === undefined ? this.#sameEntry(unit, pins) : same(path),
        );
      // The whole check presupposes that these are unchanged: same request, and no version published since.
      case "param":
      case "env":
      case "object":
        return true;
      default:
        return input satisfies never;
    }
  }

  #sameEntry(task: string, pins: RunPins): boolean {
    return pins.fingerprint(task) === own(this.#fresh.tasks, task)?.[0];
  }
}
