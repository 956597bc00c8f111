import { readFileSync } from "node:fs";
import { readJson } from "../content/read-json.ts";
import { LARGEST_VALUE } from "../content/value.ts";
import type { ExpansionSource, ExpansionText } from "../graph/units/elements.ts";
import { defined } from "../model/defined.ts";
import type { Digest } from "../model/digest.ts";
import type { FannedOut } from "../model/evaluation/expansion.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** What decides which units an expansion has: a value as a whole, of a directory the names of its files. Null: it is not there. */
export function expansionDigest(workspace: Workspace, expansion: FannedOut): Digest | null {
  if (expansion.over === "value") {
    const identity = workspace.index.identify(expansion.path);
    return identity?.type === "file" ? identity.digest : null;
  }
  return filesDigest(workspace, filesIn(workspace, expansion.path));
}

function filesDigest({ hasher }: Workspace, files: readonly string[] | undefined): Digest | null {
  return files === undefined ? null : hasher.digest(JSON.stringify(files));
}

/** Reads what is there now. */
export function readExpansion(workspace: Workspace, expansion: FannedOut): ExpansionSource {
  if (expansion.over === "directory") {
    const files = filesIn(workspace, expansion.path);
    return { digest: filesDigest(workspace, files), ...defined({ files }) };
  }
  const { digest, bytes } = readValue(workspace, expansion);
  try {
    return bytes === undefined ? { digest } : { digest, value: readJson(bytes.toString()) };
  } catch {
    return { digest: null };
  }
}

/** The same of a value, without parsing it. */
export function readExpansionText(workspace: Workspace, expansion: FannedOut): ExpansionText {
  const { digest, bytes } = readValue(workspace, expansion);
  return { digest, ...defined({ text: bytes?.toString("latin1") }) };
}

function readValue(
  workspace: Workspace,
  expansion: FannedOut,
): { readonly digest: Digest | null; readonly bytes?: Buffer } {
  const digest = expansionDigest(workspace, expansion);
  if (digest === null) return { digest };
  const bytes = readFileSync(workspace.absolute(expansion.path));
  // An edit may be anything. Its task puts the value back, and the manifest is evaluated again.
  if (bytes.length > LARGEST_VALUE || workspace.hasher.digest(bytes) !== digest) return { digest: null };
  return { digest, bytes };
}

function filesIn(workspace: Workspace, directory: string): readonly string[] | undefined {
  const listing = workspace.index.identifyTree(directory)?.listing;
  return listing?.flatMap(({ path, type }) => (type === "file" ? [`${directory}/${path}`] : []));
}
