import { DiagnosticError } from "../model/diagnostic.ts";
import type { RunOptions } from "../run/session/options.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { ParsedArguments } from "./flag-spec.ts";
import { unusable } from "./params.ts";

/** The Ray cluster that flags ask for. Undefined: none. Throws a DiagnosticError. */
export function rayOf({ flags }: Pick<ParsedArguments, "flags">): AskedRay | undefined {
  const address = flags["ray-address"] as string | undefined;
  const python = flags["ray-python"] as string | undefined;
  if (flags["executor"] === "ray") return { address, python };
  const stray = address === undefined ? python && `--ray-python ${python}` : `--ray-address ${address}`;
  if (stray) throw new DiagnosticError(unusable(stray, "say also where tasks run: --executor ray"));
  return undefined;
}

export interface AskedRay {
  readonly address: string | undefined;
  readonly python: string | undefined;
}

/** Connects to a cluster for a run. The run's executor ends the connection. Throws a DiagnosticError. */
export async function connectRay(
  asked: AskedRay,
  { root, temporary }: Workspace,
): Promise<Required<Pick<RunOptions, "executor" | "capacity">>> {
  const [{ capacityOf, connect }, { RayExecutor }] = await Promise.all([
    import("../execute/ray/connect.ts"),
    import("../execute/ray/executor.ts"),
  ]);
  const place = { ...asked, workspace: root, temporary };
  const connection = await connect(place);
  return {
    executor: (local, where) => new RayExecutor(local, where, place, connection),
    capacity: capacityOf(connection.ready.nodes),
  };
}
