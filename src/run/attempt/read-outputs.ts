import { join } from "node:path";
import { worksInPlace } from "../../graph/mutations.ts";
import { phase } from "../../host/phases.ts";
import type { Digest } from "../../model/digest.ts";
import type { Task } from "../../model/graph.ts";
import type { Identity } from "../../model/identity.ts";
import { explain } from "../../model/system-error.ts";
import type { Session } from "../session/session.ts";

/** Larger files are copied into the store in pieces, in bytes. */
const LARGE = 64 * 1024 * 1024;

/**
 * Digests large outputs of an attempt and copies them into the store, open to an interrupt. The conclusion, which
 * blocks the thread, then finds that done; it also reports what cannot be read or stored.
 * @returns False when the signal was aborted before all was read.
 */
export async function readOutputs(session: Session, task: Task, signal: AbortSignal): Promise<boolean> {
  const { workspace, artifacts, options } = session;
  try {
    for (const { path } of task.outputs) {
      // Small outputs are left to the conclusion.
      if (!holdsLarge(session, path)) continue;
      workspace.index.forget(path);
      if (!(await workspace.index.ahead.finish(() => artifacts.identify(path), signal))) return false;
      const identity = artifacts.identify(path);
      if (identity === undefined || !options.cacheWrite || worksInPlace(task)) continue;
      if (!(await storeLarge(session, path, identity, signal))) return false;
    }
  } catch (error) {
    if (explain(error) === undefined) throw error;
  }
  return true;
}

/** True when an output is or contains a large file. Costs a stat a file. */
function holdsLarge({ workspace }: Session, output: string): boolean {
  const { files } = workspace;
  const open = [workspace.absolute(output)];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const stat = files.stat(path);
    if (stat?.type === "file" && stat.size > LARGE) return true;
    if (stat?.type === "directory") for (const { name } of files.readDirectory(path) ?? []) open.push(join(path, name));
  }
  return false;
}

async function storeLarge(session: Session, path: string, identity: Identity, signal: AbortSignal): Promise<boolean> {
  const { workspace, store } = session;
  for (const [file, digest] of filesOf(session, path, identity)) {
    if (workspace.index.size(file) <= LARGE) continue;
    const isStored = await phase(
      "store",
      "copy",
      () => store.blobs.putFileListening(workspace.absolute(file), digest, signal),
      () => file,
    );
    if (!isStored && signal.aborted) return false;
  }
  return true;
}

function filesOf({ workspace }: Session, path: string, identity: Identity): readonly (readonly [string, Digest])[] {
  if (identity.type === "file") return [[path, identity.digest]];
  const listing = identity.type === "directory" ? (workspace.index.identifyTree(path)?.listing ?? []) : [];
  return listing.flatMap((entry) => (entry.type === "file" ? [[`${path}/${entry.path}`, entry.digest] as const] : []));
}
