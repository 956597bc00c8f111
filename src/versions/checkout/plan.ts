import { dirname, isAbsolute, join } from "node:path";
import { symlinkedComponent } from "../../execute/outputs.ts";
import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { AttemptRecord, Owned, Version } from "../../model/entry.ts";
import { type Identity, sameIdentity } from "../../model/identity.ts";
import { parseName, pathName } from "../../model/object-name.ts";
import { ancestors, isInnerPath, isReservedPath } from "../../model/path.ts";
import type { Permissions } from "../../model/permissions.ts";
import type { Result } from "../../model/result.ts";
import { isStored } from "../../store/blobs/stored.ts";
import type { History } from "../../store/history.ts";
import { Artifacts } from "../../workspace/artifacts.ts";
import type { Open } from "../../workspace/open-workspace.ts";
import { missingBytes } from "../missing-bytes.ts";

/** How many paths a message names. */
const NAMED = 5;

/** One path that a checkout is about. */
export interface Target {
  readonly version: Version;
  /** Relative to the workspace. */
  readonly path: string;
  /** What is there; absent: nothing. */
  readonly before?: Identity;
  readonly permissionsBefore?: Permissions;
  /** `before` is the version already. */
  readonly inPlace: boolean;
  /** `before` is in no version of the store and inc did not write it: replacing it would lose it. */
  readonly edited: boolean;
  /** The task whose output it is; absent: no task's. */
  readonly owner?: Pick<Owned, "manifest" | "task">;
}

/** A file that stands where versions need a directory. */
export type Obstacle = Pick<Target, "path" | "edited"> & { readonly before: Identity };

/** What a checkout is about to do. */
export interface Plan {
  readonly targets: readonly Target[];
  /** Removed first. */
  readonly obstacles: readonly Obstacle[];
}

/** A version to write to its place. */
export interface Choice {
  readonly version: Version;
  /** As one of all outputs of a run. */
  readonly ofRun: boolean;
}

/**
 * Examines where versions would go. Fails when one of them cannot go there: a checkout puts back all or nothing.
 * @param command As typed, for what to do next.
 * @param force Unsaved edits may be replaced, because they are preserved first.
 */
export function planCheckout(opened: Open, choices: readonly Choice[], command: string, force: boolean): Result<Plan> {
  const { store } = opened;
  const diagnostics = choices.flatMap(
    ({ version }) =>
      misplaced(opened, version) ??
      (isStored(store.blobs, version.identity) ? [] : [missingBytes(store.history, version)]),
  );
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  const makers = currentMakers(opened);
  const targets = choices.map((choice) => targetOf(opened, choice, makers));
  const obstacles = obstaclesTo(opened, targets);
  const edited = [...obstacles, ...targets].filter((place) => place.edited);
  if (edited.length > 0 && !force) return { ok: false, diagnostics: [unsaved(edited, command)] };
  return { ok: true, value: { targets, obstacles } };
}

function targetOf(opened: Open, { version, ofRun }: Choice, makers: Makers): Target {
  const path = parseName(version.name).id;
  const artifacts = new Artifacts(opened.workspace, opened.store);
  const before = artifacts.identify(path);
  const permissionsBefore = before === undefined ? undefined : artifacts.permissions(path, before);
  const inPlace = sameContent(before, version.identity);
  const owner = ownerOf(opened, version, path, ofRun ? undefined : makers);
  return {
    version,
    path,
    ...defined({ before, permissionsBefore }),
    inPlace,
    edited: before !== undefined && !inPlace && !isSaved(opened, path, before),
    ...defined({ owner }),
  };
}

function obstaclesTo(opened: Open, targets: readonly Target[]): readonly Obstacle[] {
  const { workspace, store } = opened;
  const artifacts = new Artifacts(workspace, store);
  const parents = new Set(targets.flatMap(({ path }) => [...ancestors(path)]));
  return [...parents].flatMap((path): readonly Obstacle[] => {
    if (workspace.files.stat(workspace.absolute(path))?.type !== "file") return [];
    const before = artifacts.identify(path);
    return before === undefined ? [] : [{ path, before, edited: !isSaved(opened, path, before) }];
  });
}

/** True when two identities are the same at a place: what symlinks lead to is not put back with them. */
export function sameContent(a: Identity | undefined, b: Identity | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.type === "symlink") return b.type === "symlink" && a.text === b.text;
  if (a.type === "directory") return b.type === "directory" && a.digest === b.digest;
  return sameIdentity(a, b);
}

function lastMaker(history: History, name: string): AttemptRecord | undefined {
  for (const version of history.versions(name)) {
    const record = history.makerOf(version);
    if (record !== undefined) return record;
  }
  return undefined;
}

function isSaved({ store, ledger }: Open, path: string, identity: Identity): boolean {
  if (sameContent(ledger.get(path)?.identity, identity)) return true;
  for (const version of store.history.versions(pathName(path)))
    if (sameContent(version.identity, identity) && isStored(store.blobs, version.identity)) return true;
  return false;
}

type Makers = { readonly manifest: string; readonly paths: ReadonlySet<string> } | undefined;

/** Outputs of the pipeline that ran last. Undefined: not known. */
function currentMakers({ workspace }: Open): Makers {
  const graph = workspace.snapshot?.graph();
  if (graph === undefined) return undefined;
  return {
    manifest: graph.manifest,
    paths: new Set(graph.tasks.flatMap((task) => task.outputs.map((output) => output.path))),
  };
}

/**
 * The task whose output a path is. A path that no task makes any more has no owner when it is put back by its name: else the
 * next run would remove it again.
 */
function ownerOf(
  { store: { history }, ledger }: Open,
  version: Version,
  path: string,
  makers: Makers,
): Target["owner"] {
  const owned = ledger.get(path);
  if (owned !== undefined) return { manifest: owned.manifest, task: owned.task };
  const record = history.makerOf(version) ?? lastMaker(history, version.name);
  if (record === undefined || (makers?.manifest === record.manifest && !makers.paths.has(path))) return undefined;
  return { manifest: record.manifest, task: record.task };
}

function unsaved(targets: readonly Pick<Target, "path">[], command: string): Diagnostic {
  const names = targets.slice(0, NAMED).map(({ path }) => `"${path}"`);
  const last = targets.length > NAMED ? `${targets.length - NAMED} more` : names.pop();
  const named = [...(names.length > 0 ? [names.join(", ")] : []), last].join(" and ");
  return {
    code: "INC1037",
    severity: "error",
    message: `${named} ${targets.length === 1 ? "holds" : "hold"} bytes that are in no version of the store: nothing was put back`,
    help: [`to preserve them as versions first: ${command} --force`],
  };
}

/** Why a version has no place in the workspace; undefined: it has one. */
function misplaced({ workspace }: Open, { name, n, identity }: Version): Diagnostic | undefined {
  const { kind, id: path } = parseName(name);
  const because = (why: string, help: string): Diagnostic => ({
    code: "INC1036",
    severity: "error",
    message: `${name}@${n} cannot be put in the workspace: ${why}`,
    help: [help],
  });
  if (kind !== "path") return because("it is not a file", `look at it: inc get ${name}@${n}`);
  if (!isInnerPath(path) || isReservedPath(path))
    return because(
      path.startsWith("/") ? "it is outside of it" : `"${path}" is no place for a version`,
      `copy it: inc get ${name}@${n} -o PATH`,
    );
  const link = symlinkedComponent(workspace.root, path);
  if (link !== undefined) return because(`"${link}" is a symlink`, "make it a directory");
  const target = identity.type === "symlink" ? identity.target : undefined;
  if (identity.type === "symlink" && target !== undefined) {
    const end = isAbsolute(identity.text) ? identity.text : join(dirname(path), identity.text);
    if (!sameIdentity(workspace.index.identify(end), target))
      return because(
        `it was a symlink to "${identity.text}", which holds something else now`,
        `put that back, or copy what it led to: inc get ${name}@${n} -o PATH`,
      );
  }
  for (const parent of ancestors(path)) {
    const stat = workspace.files.stat(workspace.absolute(parent));
    if (stat !== undefined && stat.type !== "directory" && stat.type !== "file")
      return because(`"${parent}" is neither a directory nor a file`, `move it away`);
  }
  return undefined;
}
