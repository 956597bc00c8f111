import { symlinkedComponent } from "../../execute/outputs.ts";
import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { DiagnosticError } from "../../model/diagnostic.ts";
import type { Artifact, Owned } from "../../model/entry.ts";
import { ancestors, isInnerPath, isReservedPath } from "../../model/path.ts";
import type { Result } from "../../model/result.ts";
import { isTemporaryToken, temporaryToken } from "../../store/blobs/temporary.ts";
import { Artifacts } from "../../workspace/artifacts.ts";
import { commitEdits, type PreservedEdit } from "../../workspace/edits.ts";
import { isTorn, removeTemporaries } from "../../workspace/killed-writes.ts";
import type { Open } from "../../workspace/open-workspace.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import { PENDING_SLOT, type PendingCheckout, type PendingPlace, placeOf } from "./pending.ts";
import { type Obstacle, type Plan, sameContent, type Target } from "./plan.ts";

/** What became of a checkout. */
export interface CheckedOut {
  readonly preserved: readonly PreservedEdit[];
  /** Places that were left as they are. */
  readonly problems: readonly LeftPlace[];
}

/** Why a place was left as it is. */
export interface LeftPlace {
  readonly path: string;
  readonly diagnostic: Diagnostic;
}

/**
 * Puts versions where they belong. The lease is held. First the store notes what goes where; then each place is filled;
 * then, in one transaction, the ledger takes it over. `finishCheckout` finishes what a crash in between left.
 *
 *     edits preserved ──▶ pending ──▶ obstacles removed, places filled ──▶ ledger ──▶ nothing pending
 */
export function checkout(opened: Open, { targets, obstacles }: Plan, command: string): Result<CheckedOut> {
  const wanted = targets.filter(({ inPlace }) => !inPlace);
  const preserved = preserveEdits(opened, [...obstacles, ...wanted]);
  if (!preserved.ok) return preserved;
  const pending: PendingCheckout = {
    command,
    places: wanted.map(placeOf),
    obstacles: obstacles.map(({ path, before }) => ({ path, before })),
    tokens: [temporaryToken()],
  };
  opened.store.exchange(PENDING_SLOT, () => ({ set: pending }));
  return { ok: true, value: { preserved: preserved.value, problems: fill(opened, pending) } };
}

/** Finishes a checkout that was killed; gives the diagnostics to show. The lease is held. */
export function finishCheckout(opened: Open): readonly Diagnostic[] {
  const pending = opened.store.meta(PENDING_SLOT);
  if (pending === undefined) return [];
  const { workspace, store } = opened;
  for (const { path } of pending.places)
    if (reasonAgainst(workspace, path) === undefined)
      for (const token of pending.tokens) if (isTemporaryToken(token)) removeTemporaries(workspace, path, token);
  // This process may be killed as well.
  store.exchange(PENDING_SLOT, () => ({
    set: { ...pending, tokens: [...pending.tokens, temporaryToken()] },
  }));
  return [finishedLate(pending), ...fill(opened, pending).map(({ diagnostic }) => diagnostic)];
}

/** Why nothing is put at a path, whatever is written about it in the store. */
function reasonAgainst(workspace: Workspace, path: string): string | undefined {
  if (!isInnerPath(path) || isReservedPath(path)) return "it is no place for a version";
  const link = symlinkedComponent(workspace.root, path);
  return link === undefined ? undefined : `"${link}" is a symlink`;
}

/**
 * Bytes that are in no version become versions. The directories that inc wrote are stored too, so that a torn one is
 * recognized later.
 */
function preserveEdits(
  { workspace, store }: Open,
  places: readonly Pick<Target, "path" | "before" | "edited">[],
): Result<readonly PreservedEdit[]> {
  const artifacts = new Artifacts(workspace, store);
  const edits: Artifact[] = [];
  for (const { path, before, edited } of places) {
    if (!edited && before?.type !== "directory") continue;
    const artifact = artifacts.inspect({ name: "", path });
    if (artifact === undefined || !artifacts.take(artifact, edited))
      return { ok: false, diagnostics: [notPreserved(path)] };
    if (edited) edits.push(artifact);
  }
  // Also without an edit: after a commit no process believes the snapshot of an earlier run.
  return { ok: true, value: commitEdits(store, edits) };
}

/** Writes every place that differs from its version; leaves a place that changed meanwhile unchanged. */
function fill(opened: Open, { command, places, obstacles = [] }: PendingCheckout): readonly LeftPlace[] {
  const { store, ledger } = opened;
  const problems: LeftPlace[] = [];
  const owned: Owned[] = [];
  const left = new Set(obstacles.filter((obstacle) => !removeObstacle(opened, obstacle)).map(({ path }) => path));
  for (const place of places) {
    const obstacle = [...ancestors(place.path)].find((parent) => left.has(parent));
    const diagnostic =
      obstacle === undefined
        ? fillOne(opened, place, command)
        : outOfReach(place.path, `"${obstacle}" is no directory, and was changed during the checkout`);
    if (diagnostic !== undefined) problems.push({ path: place.path, diagnostic });
    else if (place.owner !== undefined) owned.push({ path: place.path, identity: place.identity, ...place.owner });
  }
  const disowned = obstacles.flatMap(({ path }) => (left.has(path) ? [] : [path]));
  for (const path of disowned) ledger.delete(path);
  for (const own of owned) ledger.set(own);
  store.commit({ owned, disowned });
  store.flush();
  store.exchange(PENDING_SLOT, () => ({ set: undefined }));
  return problems;
}

/** False: it holds something else by now, and stays. */
function removeObstacle({ workspace, store }: Open, { path, before }: Pick<Obstacle, "path" | "before">): boolean {
  if (reasonAgainst(workspace, path) !== undefined) return false;
  workspace.index.forget(path);
  const now = new Artifacts(workspace, store).identify(path);
  if (now === undefined || now.type === "directory") return true;
  if (!sameContent(now, before)) return false;
  workspace.remove(path);
  workspace.index.forget(path);
  return true;
}

function fillOne({ workspace, store }: Open, place: PendingPlace, command: string): Diagnostic | undefined {
  const artifacts = new Artifacts(workspace, store);
  const { path, identity, before } = place;
  const against = reasonAgainst(workspace, path);
  if (against !== undefined) return outOfReach(path, against);
  try {
    workspace.index.forget(path);
    const now = artifacts.identify(path);
    if (sameContent(now, identity)) return undefined;
    if (now !== undefined && !sameContent(now, before) && !isTorn(workspace, store, place))
      return leftAlone(path, command);
    if (artifacts.restore(place)) return undefined;
    putBack(workspace, artifacts, place);
    return damaged(path, command);
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics[0];
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return unwritable(path, code);
  }
}

/** After a damaged blob: restores what was there before, or nothing. Half of either would be taken for an edit. */
function putBack(workspace: Workspace, artifacts: Artifacts, { path, before, permissionsBefore }: PendingPlace): void {
  if (sameContent(artifacts.identify(path), before)) return;
  const permissions = defined({ permissions: permissionsBefore });
  if (before !== undefined && artifacts.restore({ path, identity: before, ...permissions })) return;
  workspace.remove(path);
  workspace.index.forget(path);
}

function finishedLate({ command }: PendingCheckout): Diagnostic {
  return {
    code: "INC1038",
    severity: "warning",
    message: "an earlier checkout was killed, and inc has finished it",
    notes: [{ message: `it was "${command}"` }],
  };
}

function notPreserved(path: string): Diagnostic {
  return {
    code: "INC1037",
    severity: "error",
    message: `"${path}" is being changed right now, so its bytes cannot be preserved: nothing was put back`,
    help: ["stop what writes there, then try again"],
  };
}

function leftAlone(path: string, command: string): Diagnostic {
  return {
    code: "INC1039",
    severity: "error",
    message: `"${path}" was changed during the checkout: it was left as it is`,
    help: [`to overwrite it: ${command} --force`],
  };
}

function outOfReach(path: string, why: string): Diagnostic {
  return {
    code: "INC1039",
    severity: "error",
    message: `"${path}" was left as it is: ${why}`,
    help: [`put a directory there, then check the version out again`],
  };
}

function damaged(path: string, command: string): Diagnostic {
  return {
    code: "INC1039",
    severity: "error",
    message: `"${path}" was left as it is: the bytes that belong there are damaged in the store`,
    help: [`to find out how to make them again: ${command}`],
  };
}

function unwritable(path: string, code: string): Diagnostic {
  return {
    code: "INC1035",
    severity: "error",
    message: `"${path}" cannot be written (${code})`,
    help: ["give yourself write permission, then try again"],
  };
}
