import { symlinkedComponent } from "../execute/outputs.ts";
import { endGroupOfDeadRun } from "../host/process/tree.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Emit } from "../model/event.ts";
import { type Identity, sameIdentity } from "../model/identity.ts";
import { isInnerPath, isReservedPath } from "../model/path.ts";
import { isStored } from "../store/blobs/stored.ts";
import type { Journal } from "../store/journal.ts";
import { Artifacts } from "../workspace/artifacts.ts";
import { commitEdits } from "../workspace/edits.ts";
import { removeTemporaries } from "../workspace/killed-writes.ts";
import type { Open } from "../workspace/open-workspace.ts";

/**
 * After a killed run: ends the processes that it left, then removes the bytes at the outputs of its open intents,
 * unless the ledger has them: they are no result. The run may have left them half-written, or a user may have put them
 * there since; these cannot be distinguished, so they are first stored as versions. The caller holds the lease.
 * @returns False when no run was killed.
 */
export async function recover(open: Open, journal: Journal, emit: Emit): Promise<boolean> {
  const intents = journal.openIntents();
  if (intents.length === 0) return false;
  await Promise.all(intents.map((intent) => endGroupOfDeadRun(intent)));
  const tokens = new Map(intents.flatMap(({ outputs, token }) => outputs.map((path) => [path, token] as const)));
  for (const [path, token] of tokens) {
    const diagnostic = recoverOne(open, path, token);
    if (diagnostic !== undefined) emit({ kind: "diagnostic", diagnostic });
  }
  journal.clear();
  return true;
}

function recoverOne(open: Open, path: string, token: string | undefined): Diagnostic | undefined {
  const { workspace, ledger } = open;
  if (!isInnerPath(path) || isReservedPath(path)) return leftAlone(path, "it is no place for an output");
  const link = symlinkedComponent(workspace.root, path);
  if (link !== undefined) return leftAlone(path, `"${link}" is a symlink`);
  try {
    if (token !== undefined) removeTemporaries(workspace, path, token);
    const now = new Artifacts(workspace, open.store).identify(path);
    if (now === undefined || sameIdentity(now, ledger.get(path)?.identity)) return undefined;
    const version = preserve(open, path, now);
    if (version === undefined) return leftAlone(path, "its bytes cannot be preserved");
    workspace.remove(path);
    workspace.index.forget(path);
    return version === "known" ? undefined : taken(path, version);
  } catch (error) {
    if (error instanceof DiagnosticError) return leftAlone(path, error.diagnostics[0]?.message ?? "");
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return leftAlone(path, message);
  }
}

/** Stores the bytes at a path as a version; returns its name. `known`: already stored; undefined: not storable. */
function preserve({ workspace, store }: Open, path: string, identity: Identity): string | undefined {
  const artifacts = new Artifacts(workspace, store);
  const artifact = artifacts.inspect({ name: "", path });
  if (artifact === undefined) return "known";
  if (identity.type !== "symlink" && (artifact.size === 0 || isStored(store.blobs, identity))) return "known";
  if (!artifacts.take(artifact, true)) return undefined;
  const [preserved] = commitEdits(store, [artifact]);
  return `${preserved?.name}@${preserved?.n}`;
}

function taken(path: string, version: string): Diagnostic {
  return {
    code: "INC4213",
    severity: "warning",
    message: `"${path}" was removed: a run was killed while making it, so it may be incomplete`,
    notes: [{ message: `it is preserved as ${version}` }],
    help: [`to get it back: inc get ${version} -o FILE`],
  };
}

function leftAlone(path: string, why: string): Diagnostic {
  return {
    code: "INC4213",
    severity: "warning",
    message: `"${path}", which a killed run was making, was left as it is: ${why}`,
    help: ["check it, and remove it if you do not need it"],
  };
}
