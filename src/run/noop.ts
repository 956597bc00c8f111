import { machine } from "../execute/machine.ts";
import { holdsForeignKinds } from "../host/files/own-files.ts";
import { foreignAmong } from "../host/ownership.ts";
import { findManifest } from "../manifest/find.ts";
import type { Summary } from "../model/event.ts";
import { hasDeadServices } from "../services/owners.ts";
import { hasKilledRun } from "../store/killed-run.ts";
import { storeDirectory } from "../workspace/directory.ts";
import { type AskedSharing, sameEnvironment } from "../workspace/request.ts";
import { takesShortcuts } from "../workspace/shortcuts.ts";
import type { Selection, Snapshot } from "../workspace/snapshot.ts";
import { type OpeningLook, readSnapshotCheck, type SnapshotCheck } from "../workspace/snapshot-check.ts";

export interface NoopRequest extends AskedSharing {
  readonly cwd: string;
  readonly manifest?: string;
  readonly tasks: readonly string[];
  readonly params: Readonly<Record<string, string>>;
}

/** What the last run found fresh, and it still is. */
export interface Fresh {
  readonly snapshot: Snapshot;
  readonly selection: Selection;
}

/** `fresh`: there is nothing to do. `look`: what a run need not look at again; neither: it has to look at everything. */
export interface NoopCheck {
  readonly fresh?: Fresh;
  readonly look?: OpeningLook;
}

/**
 * The shortest way to "nothing to do": when everything that the last run of the same request examined looks the same,
 * so is its result. Reads one file and stats the paths that it names: no LMDB, no TypeScript, and no digest but those of a
 * few files that were touched.
 */
export function tryNoop(request: NoopRequest): NoopCheck {
  const last = lastRunOf(request);
  if (last === undefined) return {};
  const { check, selection, since } = last;
  const look = check.look(selection, since);
  const isFresh = look.isOfOneMoment && check.settlesTouched(look);
  return isFresh ? { fresh: { snapshot: check.snapshot, selection } } : { look };
}

/** The same look for a question about what a run would do. Undefined: all has to be looked at. */
export function openingLook(request: NoopRequest): OpeningLook | undefined {
  const last = lastRunOf(request);
  return last?.check.look(last.selection, last.since);
}

/** What the last run of the same request found fresh. Undefined: that is not known, or does not count any more. */
function lastRunOf(
  request: NoopRequest,
): { readonly check: SnapshotCheck; readonly selection: Selection; readonly since: bigint } | undefined {
  if (!takesShortcuts()) return undefined;
  const found = findManifest(request.cwd, request.manifest);
  if (!found.ok) return undefined;
  const { manifest, workspace } = found.value;
  const directory = storeDirectory(workspace);
  if (needsFullRun(directory)) return undefined;
  const check = readSnapshotCheck(workspace, directory);
  const selection = check?.selectionFor({ ...request, manifest, workspace, machine: machine() });
  if (check === undefined || selection === undefined || !sameEnvironment(check.header)) return undefined;
  const since = check.currentSince();
  return since === undefined ? undefined : { check, selection, since };
}

/**
 * True where only a full run will do, whatever is fresh: it refuses another user's store, and ends what a killed process
 * left running.
 * @param directory The store's, absolute.
 */
export function needsFullRun(directory: string): boolean {
  return (
    foreignAmong([directory]) !== undefined ||
    holdsForeignKinds(directory) ||
    hasDeadServices(directory) ||
    hasKilledRun(directory)
  );
}

/** The summary of a run that had nothing to do. */
export function summaryOf({ fresh, saved }: Pick<Selection, "fresh" | "saved">, started: number): Summary {
  return {
    run: "",
    dry: false,
    ran: 0,
    restored: 0,
    fresh,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    wouldRun: 0,
    mayRun: 0,
    wouldRestore: 0,
    duration: Date.now() - started,
    saved,
    exit: 0,
  };
}
