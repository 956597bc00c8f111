import { readFileSync } from "node:fs";
import { LARGEST_VALUE } from "../content/value.ts";
import type { ExpansionSource } from "../graph/elements.ts";
import type { Digest } from "../model/digest.ts";
import type { FannedOut } from "../model/evaluation/expansion.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** What decides which units an expansion has: a value as a whole, of a directory the names of its files. Null: it is not there. */
export function expansionDigest(workspace: Workspace, expansion: FannedOut): Digest | null {
  if (expansion.over === "value") {
    const identity = workspace.index.identify(expansion.path);
    return identity?.type === "file" ? identity.digest : null;
  }
  const files = filesIn(workspace, expansion.path);
  return files === undefined ? null : workspace.hasher.digest(JSON.stringify(files));
}

/** Reads what is there now. */
export function readExpansion(workspace: Workspace, expansion: FannedOut): ExpansionSource {
  const digest = expansionDigest(workspace, expansion);
  if (digest === null) return { digest };
  if (expansion.over === "directory") return { digest, files: filesIn(workspace, expansion.path) ?? [] };
  const bytes = readFileSync(workspace.absolute(expansion.path));
  // An edit may be anything. Its task puts the value back, and the manifest is evaluated again.
  if (bytes.length > LARGEST_VALUE || workspace.hasher.digest(bytes) !== digest) return { digest: null };
  try {
    return { digest, value: JSON.parse(bytes.toString()) as unknown };
  } catch {
    return { digest: null };
  }
}

function filesIn(workspace: Workspace, directory: string): readonly string[] | undefined {
  const listing = workspace.index.identifyTree(directory)?.listing;
  return listing?.flatMap(({ path, type }) => (type === "file" ? [`${directory}/${path}`] : []));
}
