import { parseListing } from "../files/listing.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Version } from "../model/entry.ts";
import type { MergeKind } from "../model/graph.ts";
import { contentOf } from "../model/identity.ts";
import { parseName } from "../model/object-name.ts";
import type { Store } from "../store/store.ts";
import { Artifacts } from "../workspace/artifacts.ts";
import { Workspace } from "../workspace/workspace.ts";
import type { Comparable } from "./compare.ts";
import { missingBytes } from "./missing-bytes.ts";

/** A version as one side of a comparison. Its bytes are read when they are needed; throws a DiagnosticError then. */
export function comparableVersion(store: Store, version: Version): Comparable {
  const { size, name } = version;
  const identity = contentOf(version.identity);
  const present = (bytes: Buffer | undefined): Buffer => {
    if (bytes === undefined) throw new DiagnosticError(missingBytes(store.history, version));
    return bytes;
  };
  const { kind, id } = parseName(name);
  return {
    identity,
    size,
    // Values are stored as JSON.
    name: kind === "path" || kind === "object" ? id : "value.json",
    ...(kind === "object" ? mergedAs(store.history.merge(name)) : {}),
    listing: () => (identity.type === "directory" ? parseListing(present(store.blobs.read(identity.digest))) : []),
    read: (_, digest) => present(store.blobs.read(digest)),
  };
}

/** An object is compared as what its policy merges it as. A set of lines is text; what a function merges may be anything. */
function mergedAs(merge: MergeKind | undefined): Pick<Comparable, "kind"> {
  if (merge === undefined || merge === "function") return {};
  return { kind: merge === "json" ? "json" : "text" };
}

/** What is in the workspace at the place of a version. Throws a DiagnosticError when there is nothing. */
export function comparableInWorkspace(root: string, store: Store, { name }: Version): Comparable {
  const { kind, id: path } = parseName(name);
  if (kind !== "path") throw new DiagnosticError(nowhere(name, "is no file"));
  const workspace = new Workspace(root);
  workspace.index.pin();
  const identity = new Artifacts(workspace, store).identify(path);
  if (identity === undefined) throw new DiagnosticError(nowhere(name, "is not there"));
  return {
    identity,
    size: workspace.files.stat(workspace.absolute(path))?.size ?? 0,
    name: path,
    listing: () => workspace.index.identifyTree(path)?.listing ?? [],
    read: (inside) => {
      const bytes = workspace.files.read(workspace.absolute(inside === "" ? path : `${path}/${inside}`));
      if (bytes === undefined) throw new DiagnosticError(nowhere(name, "was changed right now"));
      return bytes;
    },
  };
}

function nowhere(name: string, why: string): Diagnostic {
  return {
    code: "INC1041",
    severity: "error",
    message: `"${name}" cannot be compared with the workspace: it ${why}`,
    help: ["compare two versions: inc diff NAME@1 NAME@2"],
  };
}
