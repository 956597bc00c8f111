import { worksInPlace } from "../../graph/mutations.ts";
import { phase } from "../../host/phases.ts";
import type { Digest } from "../../model/digest.ts";
import type { Task } from "../../model/graph.ts";
import type { Identity } from "../../model/identity.ts";
import { explain } from "../../model/system-error.ts";
import type { Session } from "../session/session.ts";

/** Larger files are digested and copied in other threads, in bytes. */
export const LARGE = 64 * 1024 * 1024;

/**
 * Digests large outputs of an attempt and copies them into the store, in other threads. The conclusion, which blocks
 * this one, then finds that done; it also reports what cannot be read or stored.
 * @returns False when the signal was aborted before all was read.
 */
export async function readOutputs(session: Session, task: Task, signal: AbortSignal): Promise<boolean> {
  const { workspace, artifacts, options } = session;
  try {
    for (const { path } of task.outputs) {
      // Small outputs are left to the conclusion.
      const large = largeFiles(session, path);
      if (large.length === 0) continue;
      workspace.index.forget(path);
      await Promise.all(large.map((file) => workspace.index.ahead.digest({ path: file }, signal)));
      if (signal.aborted || !(await workspace.index.ahead.finish(() => artifacts.identify(path), signal))) return false;
      const identity = artifacts.identify(path);
      if (identity === undefined || !options.cacheWrite || worksInPlace(task)) continue;
      if (!(await storeLarge(session, path, identity, signal))) return false;
    }
  } catch (error) {
    if (explain(error) === undefined) throw error;
  }
  return true;
}

/** The large files that an output is or contains. Costs a stat a file. */
function largeFiles({ workspace }: Session, output: string): readonly string[] {
  const { files } = workspace;
  const large: string[] = [];
  const open = [output];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const absolute = workspace.absolute(path);
    const stat = files.stat(absolute);
    if (stat?.type === "file" && stat.size > LARGE) large.push(path);
    if (stat?.type === "directory")
      for (const { name } of files.readDirectory(absolute) ?? []) open.push(`${path}/${name}`);
  }
  return large;
}

async function storeLarge(session: Session, path: string, identity: Identity, signal: AbortSignal): Promise<boolean> {
  const { workspace, store } = session;
  // Equal files are copied once.
  const large = new Map(
    filesOf(session, path, identity).flatMap(([file, digest]) =>
      workspace.index.size(file) > LARGE ? [[digest, file] as const] : [],
    ),
  );
  const stored = [...large].map(([digest, file]) =>
    phase(
      "store",
      "copy",
      () => store.blobs.putFileListening(workspace.absolute(file), digest, signal),
      () => file,
    ),
  );
  await Promise.all(stored);
  return !signal.aborted;
}

function filesOf({ workspace }: Session, path: string, identity: Identity): readonly (readonly [string, Digest])[] {
  if (identity.type === "file") return [[path, identity.digest]];
  const listing = identity.type === "directory" ? (workspace.index.identifyTree(path)?.listing ?? []) : [];
  return listing.flatMap((entry) => (entry.type === "file" ? [[`${path}/${entry.path}`, entry.digest] as const] : []));
}
