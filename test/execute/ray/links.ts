import type { DataPlace } from "../../../src/execute/ray/data-place.ts";
import { RayExecutor } from "../../../src/execute/ray/executor.ts";
import { Link } from "../../../src/execute/ray/link.ts";
import { runsOnRay } from "../../../src/graph/executors.ts";
import type { RunOptions } from "../../../src/run/session/options.ts";
import { HEAD } from "./cluster.ts";

/** The connections of one test after another to the cluster of the tests. */
export class Links {
  readonly #all: Link[] = [];

  /** Executes on the cluster what it can run. @param python Has Ray. */
  through(python: string, data: DataPlace = { kind: "objects" }): RunOptions["executor"] {
    return (local, { root, temporary }) => {
      const place = { workspace: root, temporary, address: HEAD, python, data: { ok: true, value: data } } as const;
      const link = new Link(place, (task) => runsOnRay(task, "ray"));
      this.#all.push(link);
      return new RayExecutor(local, { root, temporary }, link);
    };
  }

  close(): void {
    for (const link of this.#all.splice(0)) link.close();
  }
}
