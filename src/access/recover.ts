import { endGroupOfDeadRun } from "../host/process/tree.ts";
import { sameIdentity } from "../model/identity.ts";
import type { Journal } from "../store/journal.ts";
import type { Artifacts } from "../workspace/artifacts.ts";
import type { Ledger } from "../workspace/ledger.ts";
import { removeBeside } from "../workspace/torn.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * After a run that was killed: ends what it left running, then removes the bytes that stand under its open intents,
 * unless they are what the ledger says. They are torn: no result, and nobody's edit. The lease is held.
 */
export async function recover(
  workspace: Workspace,
  journal: Journal,
  ledger: Ledger,
  artifacts: Artifacts,
): Promise<void> {
  const intents = journal.openIntents();
  if (intents.length === 0) return;
  await Promise.all(intents.map((intent) => endGroupOfDeadRun(intent)));
  for (const path of new Set(intents.flatMap((intent) => intent.outputs))) {
    removeBeside(workspace, path);
    const now = artifacts.identify(path);
    if (now === undefined || sameIdentity(now, ledger.get(path)?.identity)) continue;
    workspace.remove(path);
    workspace.index.forget(path);
  }
  journal.clear();
}
