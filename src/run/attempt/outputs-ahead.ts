import { worksInPlace } from "../../graph/mutations.ts";
import { phase } from "../../host/phases.ts";
import type { Digest } from "../../model/digest.ts";
import type { Task } from "../../model/graph.ts";
import type { Identity } from "../../model/identity.ts";
import { explain } from "../../model/system-error.ts";
import type { Session } from "../session/session.ts";

/** Files of more bytes than this are copied into the store in pieces. */
const LARGE = 64 * 1024 * 1024;

/**
 * Digests what an attempt made and copies it into the store, as far as that takes long, so that an interrupt is heard
 * meanwhile. The conclusion, which does not let go of the thread, then finds it done; it also says what cannot be read or
 * stored. False: the signal was aborted before all was read.
 */
export async function readOutputs(session: Session, task: Task, signal: AbortSignal): Promise<boolean> {
  const { workspace, artifacts, options } = session;
  for (const { path } of task.outputs) workspace.index.forget(path);
  try {
    for (const { path } of task.outputs) {
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

async function storeLarge(session: Session, path: string, identity: Identity, signal: AbortSignal): Promise<boolean> {
  const { workspace, store } = session;
  for (const [file, digest] of filesOf(session, path, identity)) {
    if (workspace.index.size(file) <= LARGE) continue;
    const isStored = await phase(
      "store",
      "copy",
      () => store.putFileListening(workspace.absolute(file), digest, signal),
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
