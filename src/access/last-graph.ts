import { join } from "node:path";
import { VERSION } from "../host/inc-version.ts";
import { privateVariable } from "../host/private-variables.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Graph, RemoteConfig } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import type { PlaceRequest } from "../store/remote/open-remote.ts";
import { storeDirectory } from "../workspace/directory.ts";
import { readSnapshot } from "../workspace/snapshot.ts";

/** What `--remote` and INC_REMOTE say to do without a shared cache. */
export const NO_REMOTE = "none";

/**
 * The graph that the last run of a workspace left, for commands that evaluate no manifest. It may have changed since.
 * @param workspace Absolute path.
 */
export function lastGraph(workspace: string): Result<Graph> {
  const snapshot = readSnapshot(join(storeDirectory(workspace), "snapshot"), VERSION);
  return snapshot === undefined
    ? { ok: false, diagnostics: [noLastRun(workspace)] }
    : { ok: true, value: snapshot.graph() };
}

/**
 * The shared cache that a command asks without evaluating the manifest.
 * @param given `--remote`.
 * @param last What the manifest said in the last run; undefined: it is not known.
 */
export function remoteWithoutManifest(given: string | undefined, last: RemoteConfig = {}): Result<PlaceRequest> {
  const named = [given, privateVariable("INC_REMOTE")].find((text) => text !== undefined && text !== "");
  const address = named ?? last.url;
  if (address === undefined || address === NO_REMOTE) return { ok: false, diagnostics: [noRemote()] };
  // A task could have changed what the last run left, and have the token sent to a server of its own.
  const isSentToken = !/^(file|s3):/i.test(address) && (privateVariable("INC_REMOTE_TOKEN") ?? "") !== "";
  if (named === undefined && isSentToken) return { ok: false, diagnostics: [unnamedForToken(address)] };
  return { ok: true, value: { address, config: last } };
}

export function noRemote(): Diagnostic {
  return {
    code: "INC1054",
    severity: "error",
    message: "no shared cache is named",
    help: ["name it with --remote URL, in INC_REMOTE, or in the manifest: config({ remote })"],
  };
}

function unnamedForToken(address: string): Diagnostic {
  return {
    code: "INC1054",
    severity: "error",
    message: `the token of INC_REMOTE_TOKEN is sent to no address that only the last run left: ${address}`,
    notes: [
      { message: "this command evaluates no manifest, and what is in the store could have been changed by a task" },
    ],
    help: ["name the shared cache with --remote URL, or in INC_REMOTE"],
  };
}

function noLastRun(workspace: string): Diagnostic {
  return {
    code: "INC1056",
    severity: "error",
    message: `no run of this version of inc has left in "${workspace}" which tasks there are`,
    notes: [{ message: "this command evaluates no manifest: it goes by what the last run left in the store" }],
    help: ["run the pipeline first: inc run"],
  };
}
