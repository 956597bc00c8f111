import { join } from "node:path";
import { realFiles } from "../../host/files/files.ts";
import { makeOwnDirectory } from "../../host/files/own-files.ts";
import { DiagnosticError } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { dictionary } from "../../model/own.ts";
import type { Result } from "../../model/result.ts";
import { ENVIRONMENTS, INTERPRETER } from "../python/environments.ts";
import { unconnected } from "./connect-problems.ts";
import type { DataPlace } from "./data-place.ts";
import { type Dead, Driver } from "./driver.ts";
import type { Failed, RayNode, Ready } from "./protocol.ts";

/** Where a cluster is, and what connects to it. */
export interface RayPlace {
  /** Absolute path. */
  readonly workspace: string;
  /** Absolute path of a directory for files that come from the cluster. */
  readonly temporary: string;
  /** As given: `HOST:PORT` or `auto`; undefined: RAY_ADDRESS, or the cluster that this machine is a node of. */
  readonly address: string | undefined;
  /** Path of the interpreter; undefined: one that has Ray is looked for. */
  readonly python: string | undefined;
  /** By which way data travels. Not ok: what is missing for that. */
  readonly data: Result<DataPlace>;
}

/** A driver that is connected. */
export interface Connection {
  readonly driver: Driver;
  readonly ready: Ready;
  /** What all nodes have together, by inc's names of the resources. */
  readonly capacity: ReadonlyMap<string, number>;
}

/**
 * Starts a driver and waits until it is connected. Throws a DiagnosticError.
 * @param signal Ends the attempt to connect, which then throws one as well.
 */
export async function connect(
  { workspace, temporary, address, python, data }: RayPlace,
  signal: AbortSignal,
): Promise<Connection> {
  if (!data.ok) throw new DiagnosticError(...data.diagnostics);
  makeOwnDirectory(temporary);
  const tried = python === undefined ? pythons(workspace) : [python];
  let last: Failed | Dead = { type: "dead", python: tried.join(", ") };
  for (const candidate of tried) {
    const driver = new Driver({ python: candidate, address, temporary, data: data.value });
    const kill = (): void => driver.kill();
    signal.addEventListener("abort", kill);
    const opened = await driver.opened.finally(() => signal.removeEventListener("abort", kill));
    if (opened.type === "ready") return { driver, ready: opened, capacity: capacityOf(opened.nodes) };
    driver.close();
    // A Python without Ray says more than one that is not there.
    if (opened.type === "failed" || opened.words !== undefined || last.type === "dead") last = opened;
    const isNext = isWithoutRay(opened) || (opened.type === "dead" && opened.words === undefined);
    if (signal.aborted || !isNext) break;
  }
  throw new DiagnosticError(unconnected(last, tried));
}

function isWithoutRay(opened: Failed | Dead): boolean {
  return opened.type === "failed" && opened.kind === "no-ray";
}

/** Interpreters that may have Ray: of the active environment, of the workspace's, and what PATH has. */
function pythons(workspace: string): readonly string[] {
  const active = process.env["VIRTUAL_ENV"];
  const own = ENVIRONMENTS.map((directory) => join(workspace, directory));
  const inside = [...(active === undefined ? [] : [active]), ...own].map((directory) => join(directory, INTERPRETER));
  return [...inside.filter((path) => realFiles.realpath(path) !== undefined), "python3", "python"];
}

function capacityOf(nodes: readonly RayNode[]): ReadonlyMap<string, number> {
  const names = new Map([
    ["CPU", "cpu"],
    ["GPU", "gpu"],
  ]);
  const capacity = new Map<string, number>();
  for (const { resources } of nodes)
    for (const [name, amount] of Object.entries(resources)) {
      const own = names.get(name) ?? name;
      capacity.set(own, (capacity.get(own) ?? 0) + amount);
    }
  return capacity;
}

/** Resources that are Ray's wherever they are: a cluster without some has no node for a task that asks for them. */
const ALWAYS = new Set(["cpu", "gpu", "memory"]);

/** What a task asks Ray for. A pool that no node had when inc connected is inc's alone, such as the number of licences. */
export function resourcesAmong({ resources }: Task, known: Connection["capacity"]): Readonly<Record<string, number>> {
  return dictionary(Object.entries(resources).filter(([name]) => ALWAYS.has(name) || known.has(name)));
}
