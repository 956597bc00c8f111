import { join } from "node:path";
import { VERSION } from "../host/inc-version.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Graph } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import { storeDirectory } from "../workspace/directory.ts";
import { readSnapshot } from "../workspace/snapshot.ts";

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

function noLastRun(workspace: string): Diagnostic {
  return {
    code: "INC1056",
    severity: "error",
    message: `no run of this version of inc has left in "${workspace}" which tasks there are`,
    notes: [{ message: "this command evaluates no manifest: it goes by what the last run left in the store" }],
    help: ["run the pipeline first: inc run"],
  };
}
