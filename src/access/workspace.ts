import { phase } from "../host/phases.ts";
import { MARKER } from "../host/process/tree.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Emit, LockHolder } from "../model/event.ts";
import type { Result } from "../model/result.ts";
import { endDeadServices } from "../services/journal.ts";
import { Journal } from "../store/journal.ts";
import { acquireLease, type Lease } from "../store/lease.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { finishCheckout } from "../versions/checkout/checkout.ts";
import { Ledger } from "../workspace/ledger.ts";
import type { Open } from "../workspace/open-workspace.ts";
import { Workspace } from "../workspace/workspace.ts";
import { removeFilesOfDeadProcesses } from "./dead-processes.ts";
import { explained } from "./explained.ts";
import { recover } from "./recover.ts";

/** How to take the lease. Without the lease, nothing in the workspace or the store is changed. */
export interface LockOptions {
  readonly command: string;
  readonly lockWait: number;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

/**
 * Opens the store of a workspace, takes the lease when `lock` is given, and passes both to `use`. Always closes them,
 * in reverse order.
 * @param at Absolute path of the workspace, or an open workspace, which a watch reuses.
 */
export async function withWorkspace<T>(
  at: string | Workspace,
  lock: LockOptions | undefined,
  use: (open: Open, journal: Journal | undefined) => Promise<Result<T>>,
): Promise<Result<T> | "interrupted"> {
  const workspace = typeof at === "string" ? new Workspace(at) : at;
  const opened = openStore(workspace.directory, workspace);
  if (!opened.ok) return opened;
  try {
    workspace.salt = opened.value.store.salt;
    return await explained(() => withLease(workspace, opened.value.store, lock, use));
  } finally {
    await opened.value.close();
  }
}

async function withLease<T>(
  workspace: Workspace,
  store: Store,
  lock: LockOptions | undefined,
  use: (open: Open, journal: Journal | undefined) => Promise<Result<T>>,
): Promise<Result<T> | "interrupted"> {
  let lease: Lease | undefined;
  let journal: Journal | undefined;
  let isLookLate = false;
  try {
    if (lock !== undefined) {
      const inside = runsInsideItself(workspace);
      if (inside !== undefined) return { ok: false, diagnostics: [inside] };
      const onWait = (holder: LockHolder): void => {
        isLookLate = true;
        lock.emit({ kind: "lock-waiting", holder });
      };
      const { command, lockWait: wait, signal } = lock;
      const got = await phase("access", "lease", () => acquireLease(store, { command, wait, signal, onWait }));
      if (got === "interrupted" || !got.ok) return got as Result<T> | "interrupted";
      lease = got.value;
      journal = new Journal(workspace.directory);
      await removeFilesOfDeadProcesses(workspace);
    }
    if (lock !== undefined) await endDeadServices(workspace.directory);
    workspace.pin();
    const ledger = new Ledger(store);
    const open: Open = { workspace, store, ledger };
    if (journal !== undefined && lock !== undefined)
      isLookLate = (await recover(open, journal, lock.emit)) || isLookLate;
    if (lock !== undefined)
      for (const diagnostic of finishCheckout(open)) lock.emit({ kind: "diagnostic", diagnostic });
    if (!isLookLate) workspace.vouch(store.generation);
    return await use(open, journal);
  } finally {
    journal?.close();
    await lease?.release();
  }
}

/** The diagnostic when a task of the run that holds this lease starts inc here: it would wait for itself. */
function runsInsideItself(workspace: Workspace): Diagnostic | undefined {
  const marker = process.env[MARKER]?.split("/") ?? [];
  if (marker.length === 0) return undefined;
  const journal = new Journal(workspace.directory);
  const around = journal.openIntents().find(({ attempt }) => marker.includes(attempt));
  journal.close();
  if (around === undefined) return undefined;
  return {
    code: "INC3007",
    severity: "error",
    message: "a task started inc in the workspace of its own run, which would wait for itself for ever",
    help: ["make that command a task of this pipeline, or run it in another workspace"],
  };
}
