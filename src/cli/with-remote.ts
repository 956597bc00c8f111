import { lastGraph } from "../access/last-graph.ts";
import { exposedPassword, remoteWithoutManifest } from "../access/remote-address.ts";
import { findWorkspace } from "../access/store.ts";
import type { Graph } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import { type Inventory, RemoteError } from "../store/remote/backends/backend.ts";
import { openPlace, type PlaceRequest } from "../store/remote/open-remote.ts";
import type { RemotePlace } from "../store/remote/setting.ts";
import { noInventory, unanswered } from "../store/remote/troubles.ts";
import { printDiagnostics } from "./diagnostics.ts";

/** A shared cache, and what is known here of a pipeline that uses it. */
export interface RemoteContext {
  readonly place: RemotePlace;
  /** Undefined: the command was not started in a workspace, or no run has ended there. */
  readonly last: { readonly graph: Graph; readonly workspace: string } | undefined;
  readonly signal: AbortSignal;
}

/**
 * Opens a shared cache for a command that evaluates no manifest. Returns the exit code that `use` returns; 1 when the shared cache
 * did not answer.
 * @param given `--remote`.
 * @param undone What does not happen then, for the message.
 */
export async function withRemote(
  given: string | undefined,
  undone: string,
  use: (context: RemoteContext) => Promise<Result<number>>,
): Promise<number> {
  const last = lastHere();
  const request = remoteWithoutManifest(given, last?.graph.config.remote);
  if (!request.ok) return printDiagnostics(request.diagnostics);
  printDiagnostics(exposedPassword(given));
  return askRemote(request.value, undone, (place, signal) => use({ place, last, signal }));
}

/**
 * Opens a shared cache of which a person asks something. Returns the exit code that `use` returns; 1 when it did not answer.
 * @param undone What does not happen then, for the message.
 */
export async function askRemote(
  request: PlaceRequest,
  undone: string,
  use: (place: RemotePlace, signal: AbortSignal) => Promise<Result<number>>,
): Promise<number> {
  const opened = await openPlace(request);
  if (!opened.ok) return printDiagnostics(opened.diagnostics);
  const place = opened.value;
  const stop = new AbortController();
  try {
    const result = await use(place, stop.signal);
    return result.ok ? result.value : printDiagnostics(result.diagnostics);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    printDiagnostics([unanswered(place.backend.address, error.message, undone)]);
    return 1;
  } finally {
    stop.abort();
    place.backend.close();
  }
}

/** What the place can list. @param command For the message: `ls`. */
export function inventoryOf({ backend }: RemotePlace, command: string): Result<Inventory> {
  return backend.inventory === undefined
    ? { ok: false, diagnostics: [noInventory(backend.address, command)] }
    : { ok: true, value: backend.inventory };
}

function lastHere(): RemoteContext["last"] {
  const workspace = findWorkspace(process.cwd());
  const graph = workspace.ok ? lastGraph(workspace.value) : workspace;
  return workspace.ok && graph.ok ? { graph: graph.value, workspace: workspace.value } : undefined;
}
