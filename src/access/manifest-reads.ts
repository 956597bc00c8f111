import { relative } from "node:path";
import { wasSettled } from "../files/racy-clock.ts";
import type { GraphOrigin } from "../graph/cached.ts";
import type { Digest } from "../model/digest.ts";
import type { Owned } from "../model/entry.ts";
import type { GraphReads } from "../model/evaluation/reads.ts";
import type { Graph } from "../model/graph.ts";
import type { Identity } from "../model/identity.ts";
import { dictionary, own } from "../model/own.ts";
import type { Open } from "../workspace/open-workspace.ts";
import { envDigest } from "../workspace/request.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** The files of the workspace in which a graph is loaded, and which of them are outputs. */
export type Site = Pick<Open, "workspace" | "ledger">;

/** A listing: a set, and whether it includes directories. */
export type ListedSet = Pick<GraphReads["listings"][number], "set" | "directories">;

/** The current members of a listing. Outputs are excluded: an output is never an element of an `each`. */
export function listed(
  { workspace, ledger }: Site,
  { set, directories }: ListedSet,
  tasks: Graph["tasks"],
  counts?: (owned: Owned) => boolean,
): readonly string[] {
  return workspace.members(set, ledger.claims(tasks, counts), directories);
}

/**
 * Digests of the modules and packages that were loaded. Undefined when one was written after evaluation
 * began, or when the manifest reads more than is recorded: the digests may not be of what was evaluated.
 */
export function moduleDigests(
  workspace: Workspace,
  reads: Pick<GraphReads, "repeatable" | "modules" | "packages">,
  began: bigint,
): Record<string, Digest | null> | undefined {
  if (!reads.repeatable) return undefined;
  const digests = dictionary<Digest | null>();
  for (const path of [...reads.modules, ...reads.packages]) {
    const stat = workspace.files.stat(path);
    if (stat !== undefined && !wasSettled(stat, began)) return undefined;
    digests[path] = moduleDigest(workspace, path);
  }
  return digests;
}

/** The digest of a module; of a link to a directory, as that of a package may be, that of the place; null: there is neither. */
export function moduleDigest(workspace: Workspace, path: string): Digest | null {
  const place = workspace.index.target(path) === undefined ? undefined : workspace.files.realpath(path);
  if (place !== undefined && workspace.files.stat(place)?.type === "directory")
    return workspace.hasher.digest(relative(workspace.root, place));
  let identity: Identity | undefined = workspace.index.identify(path);
  while (identity?.type === "symlink") identity = identity.target;
  return identity?.type === "file" ? identity.digest : null;
}

/** The digest of a module when a graph was made of it. */
export function digestWhenLoaded(
  workspace: Workspace,
  { digests }: Pick<GraphOrigin, "digests">,
  path: string,
): Digest | null {
  return own(digests ?? {}, path) ?? moduleDigest(workspace, path);
}

/** Digests of the variables that a manifest reads. Any of them may be a secret, so that no value is stored. */
export function variableDigests(
  workspace: Workspace,
  read: ReadonlyMap<string, string | undefined>,
): GraphReads["env"] {
  return [...read].map(([name, value]) => [
    name,
    value === undefined ? null : envDigest(workspace.hasher, hexSalt(workspace), name, value),
  ]);
}

export function hexSalt({ salt }: Workspace): string {
  return Buffer.from(salt).toString("hex");
}
