import { isAbsolute, join, resolve } from "node:path";
import type { Loaded } from "../access/pipeline.ts";
import { remoteAddress } from "../access/remote-address.ts";
import type { RayPlace } from "../execute/ray/connect.ts";
import type { Link } from "../execute/ray/link.ts";
import { isAskedOfRay, runsOnRay, stayAll } from "../graph/executors.ts";
import { privateVariable } from "../host/private-variables.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { GraphConfig, Task } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import type { ExecutorName, RayData } from "../model/task/executor.ts";
import type { RunOptions } from "../run/session/options.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { ParsedArguments } from "./flag-spec.ts";
import { unusable } from "./params.ts";

/** What flags say of where commands run. */
export interface AskedExecutor {
  readonly executor: ExecutorName | undefined;
  readonly address: string | undefined;
  /** A path is absolute. */
  readonly python: string | undefined;
  readonly data: RayData | undefined;
  /** The shared cache, as written. */
  readonly remote: string | undefined;
}

export function askedExecutor({ flags }: Pick<ParsedArguments, "flags">): AskedExecutor {
  const python = flags["ray-python"] as string | undefined;
  return {
    executor: flags["executor"] as ExecutorName | undefined,
    address: flags["ray-address"] as string | undefined,
    python: python?.includes("/") === true ? resolve(python) : python,
    data: flags["ray-data"] as RayData | undefined,
    remote: flags["remote"] as string | undefined,
  };
}

/** The flags of a cluster mean nothing where no task runs on one. */
export function strayRay({ address, python, data }: AskedExecutor): Diagnostic | undefined {
  const flags = Object.entries({ address, python, data });
  const [name, value] = flags.find(([, given]) => given !== undefined) ?? [];
  return name === undefined
    ? undefined
    : unusable(`--ray-${name} ${value}`, "say also where tasks run: --executor ray");
}

/** Where the cluster is, what connects to it, and by which way data comes to it: flags beat what the manifest says. */
export async function rayPlace(
  asked: AskedExecutor,
  { root, temporary }: Pick<Workspace, "root" | "temporary">,
  { executor, remote }: Pick<GraphConfig, "executor" | "remote">,
): Promise<RayPlace> {
  const { dataPlace } = await import("../execute/ray/data-place.ts");
  const named = executor?.python;
  const python = named?.includes("/") === true && !isAbsolute(named) ? join(root, named) : named;
  return {
    workspace: root,
    temporary,
    address: asked.address ?? executor?.address,
    python: asked.python ?? python,
    data: dataPlace(asked.data ?? executor?.data ?? "objects", {
      address: remoteAddress(asked.remote, remote),
      token: privateVariable("INC_REMOTE_TOKEN"),
    }),
  };
}

/** Where the runs of a command execute attempts: a connection to a cluster outlives a run. */
export class RunPlaces {
  readonly #asked: AskedExecutor;
  readonly #tell: (diagnostic: Diagnostic) => void;
  #link: Link | undefined;
  /** What the link was made for. */
  #made = "";
  #told = "";

  /** @param tell Takes a warning. */
  constructor(asked: AskedExecutor, tell: (diagnostic: Diagnostic) => void) {
    this.#asked = asked;
    this.#tell = tell;
  }

  /** For the next run. Flags that mean nothing in this pipeline are an error. */
  async of(loaded: Loaded): Promise<Result<Pick<RunOptions, "executor" | "elsewhere">>> {
    const { graph, tasks } = loaded;
    const standard = this.#asked.executor ?? graph.config.executor?.name ?? "local";
    // Units that are not known yet may ask for it.
    const mayAsk = standard === "ray" || graph.expansions !== undefined;
    if (!mayAsk && !tasks.some((task) => isAskedOfRay(task, standard))) {
      const stray = strayRay(this.#asked);
      return stray === undefined ? { ok: true, value: {} } : { ok: false, diagnostics: [stray] };
    }
    this.#tellOf(stayAll(tasks, standard));
    const link = await this.#linkFor(loaded, standard);
    const { RayExecutor } = await import("../execute/ray/executor.ts");
    return {
      ok: true,
      value: { executor: (local, where) => new RayExecutor(local, where, link), elsewhere: link },
    };
  }

  close(): void {
    this.#link?.close();
  }

  /** The one of the run before, unless the manifest says something else by now. */
  async #linkFor({ workspace, graph }: Loaded, standard: ExecutorName): Promise<Link> {
    const { Link } = await import("../execute/ray/link.ts");
    const place = await rayPlace(this.#asked, workspace, graph.config);
    const made = JSON.stringify([standard, place]);
    if (this.#link === undefined || made !== this.#made) {
      this.#link?.close();
      const { ClusterNotice } = await import("../execute/ray/cluster-notice.ts");
      const notice = new ClusterNotice(workspace.temporary);
      this.#link = new Link(place, (task: Task) => runsOnRay(task, standard), notice);
      this.#made = made;
    }
    return this.#link;
  }

  /** Once for all runs that it holds for. */
  #tellOf(stays: Diagnostic | undefined): void {
    if (stays !== undefined && stays.message !== this.#told) this.#tell(stays);
    this.#told = stays?.message ?? "";
  }
}
