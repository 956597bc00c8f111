import { isAbsolute, join } from "node:path";
import { unpackIndex } from "../files/pack.ts";
import { fileClock } from "../host/files/clock.ts";
import { realFiles } from "../host/files/files.ts";
import { holdsForeignKinds, readOwnFile } from "../host/files/own-files.ts";
import { VERSION } from "../host/inc-version.ts";
import { foreignAmong } from "../host/ownership.ts";
import { findManifest } from "../manifest/find.ts";
import type { Summary } from "../model/event.ts";
import { hasDeadServices } from "../services/owners.ts";
import { hasKilledRun } from "../store/killed-run.ts";
import { storeDirectory } from "../workspace/directory.ts";
import { sameEnvironment, sameRequest } from "../workspace/request.ts";
import { readSnapshot, type Selection, type Snapshot } from "../workspace/snapshot.ts";

export interface NoopRequest {
  readonly cwd: string;
  readonly manifest?: string;
  readonly tasks: readonly string[];
  readonly params: Readonly<Record<string, string>>;
}

/**
 * The shortest way to "nothing to do": when all that the last run of the same request looked at looks the same, its result
 * is the same. Reads one file and stats what that names: no LMDB, no TypeScript, no digest. Undefined: somebody has to
 * look properly.
 */
export function tryNoop(request: NoopRequest, started: number): Summary | undefined {
  const found = findManifest(request.cwd, request.manifest);
  if (!found.ok) return undefined;
  const { manifest, workspace } = found.value;
  const directory = storeDirectory(workspace);
  // Only a full run says what is wrong with another user's store, and only it ends what a killed one left running.
  if (foreignAmong([directory]) !== undefined || holdsForeignKinds(directory)) return undefined;
  if (hasDeadServices(directory) || hasKilledRun(directory)) return undefined;
  const snapshot = readSnapshot(join(directory, "snapshot"), VERSION);
  if (snapshot === undefined || snapshot.header.manifest !== manifest || snapshot.header.workspace !== workspace)
    return undefined;
  const selection = snapshot.header.selections.find((candidate) => sameRequest(candidate, request));
  if (selection === undefined || generationOf(directory) !== snapshot.header.generation) return undefined;
  if (!sameEnvironment(snapshot.header) || !sameFiles(snapshot, selection, workspace, directory)) return undefined;
  return summaryOf(selection, started);
}

/** Of a run that had nothing to do. */
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

function generationOf(directory: string): string {
  try {
    return readOwnFile(join(directory, "generation")).toString();
  } catch {
    return "";
  }
}

function sameFiles(snapshot: Snapshot, selection: Selection, workspace: string, directory: string): boolean {
  const index = unpackIndex(snapshot.index);
  // A clock that went back makes every time in the index worthless.
  if (fileClock(join(directory, "clock")).tick() < index.tick) return false;
  for (let at = selection.from; at < selection.to; at += 1) {
    const id = snapshot.checks[at] as number;
    const path = index.path(id);
    const stat = realFiles.stat(isAbsolute(path) ? path : `${workspace}/${path}`);
    if (stat === undefined || !index.trusted(id) || !index.matches(id, stat)) return false;
  }
  return selection.absent.every((path) => realFiles.stat(path) === undefined);
}
