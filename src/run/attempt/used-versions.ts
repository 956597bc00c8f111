import { readersFor } from "../../graph/dependencies.ts";
import { readsOf } from "../../graph/reads.ts";
import { defined } from "../../model/defined.ts";
import type { Description } from "../../model/description.ts";
import type { Digest } from "../../model/digest.ts";
import type { NewVersion } from "../../model/entry.ts";
import type { FileSet, Keep, Task } from "../../model/graph.ts";
import { contentOf, type Identity, sameIdentity } from "../../model/identity.ts";
import { objectName, pathName } from "../../model/object-name.ts";
import { permissionsOf } from "../../model/permissions.ts";
import type { Session } from "../session/session.ts";
import type { TaskRun } from "./task-run.ts";

/** The largest file that `keep: "small"` retains, in bytes. */
const SMALL = 16 * 1024 * 1024;

/** Names of the parameters, variables and tools that some tasks use, sorted. */
export function valuesOf(readers: readonly Task[], tracked: (variable: string) => boolean): readonly string[] {
  const names = new Set<string>();
  for (const { params, tools, variables } of readers.map(readsOf)) {
    for (const name of params) names.add(objectName("param", name));
    for (const name of tools) names.add(objectName("tool", name));
    for (const name of variables) if (tracked(name)) names.add(objectName("env", name));
  }
  return [...names].sort();
}

/**
 * Versions of the sources that an attempt used, as they were pinned for it; bytes that are to be retained are stored.
 * Only sources that differ from the last noted ones are examined, so that a set of 100,000 files costs its changes.
 */
export function usedVersions(
  taskRun: TaskRun,
  { description, record }: Pick<Use, "description" | "record">,
): readonly NewVersion[] {
  return [...versionsUsed(taskRun, { description, record, isRecorded: () => false })];
}

/**
 * Versions of the sources of a result that was confirmed, not made: only of those that differ from what was recorded
 * last.
 * @param record Id of the confirmation that uses them.
 */
export function newVersionsUsed(
  taskRun: TaskRun,
  { description, record }: Pick<Use, "description" | "record">,
): readonly NewVersion[] {
  const { history } = taskRun.session.store;
  const isRecorded: Use["isRecorded"] = (name, identity) => sameIdentity(history.latest(name)?.identity, identity);
  return [...versionsUsed(taskRun, { description, record, isRecorded })];
}

interface Use {
  readonly description: Description;
  readonly record: string;
  /** True for a source that needs no new version. */
  readonly isRecorded: (name: string, identity: Identity) => boolean;
}

function* versionsUsed(taskRun: TaskRun, use: Use): IterableIterator<NewVersion> {
  const { session, task } = taskRun;
  const common = { cause: "used", record: use.record, run: session.run, time: Date.now() } as const;
  for (const source of sourcesOf(taskRun, use)) yield { ...common, ...source };
  const readers = readersFor(session.graph.tasks, task);
  for (const name of valuesOf(readers, (variable) => isTracked(session, variable))) {
    const value = identifyValue(taskRun, readers, name);
    if (value === undefined || session.noted.get(name) === value.identity.digest) continue;
    session.noted.set(name, value.identity.digest);
    if (!use.isRecorded(name, value.identity)) yield { ...common, name, ...value };
  }
}

export function isTracked(session: Session, variable: string): boolean {
  return session.graph.envs.find(({ name }) => name === variable)?.tracked !== false;
}

function* sourcesOf(
  taskRun: TaskRun,
  { description, isRecorded }: Use,
): IterableIterator<Pick<NewVersion, "name" | "identity" | "size" | "permissions" | "unkept">> {
  const { session, pins } = taskRun;
  const standard = session.graph.config.keep;
  for (const [path, keep] of sourcePaths(taskRun, description)) {
    if (session.workspace.index.isNoted(path)) continue;
    const identity = pins.identify(path);
    if (identity === undefined) continue;
    session.workspace.index.note(path);
    if (isRecorded(pathName(path), identity)) continue;
    const { size, permissions } = aboutContent(session, path, identity);
    const isStored =
      isRetained(keep ?? standard ?? "small", largestFile(session, path, identity, size)) &&
      session.options.cacheWrite &&
      session.artifacts.take({ name: "", path, identity, size }, true);
    yield {
      name: pathName(path),
      identity,
      size,
      ...defined({ permissions }),
      ...(isStored ? {} : { unkept: true }),
    };
  }
}

/** Bytes and permissions, of a symlink those of the file that it leads to. */
function aboutContent(
  { workspace, artifacts }: Session,
  path: string,
  identity: Identity,
): Pick<NewVersion, "size" | "permissions"> {
  if (identity.type !== "symlink") {
    const permissions = artifacts.permissions(path, identity);
    const size = identity.type === "directory" ? workspace.index.identifyTree(path)?.size : workspace.index.size(path);
    return { size: size ?? 0, ...defined({ permissions }) };
  }
  const real = workspace.files.realpath(workspace.absolute(path));
  const stat = real === undefined ? undefined : workspace.files.stat(real);
  const permissions =
    stat?.type === "file" ? permissionsOf(contentOf(identity), undefined, () => stat.mode) : undefined;
  return { size: stat?.size ?? 0, ...defined({ permissions }) };
}

/** In bytes. A directory is retained as a whole or not at all, so its largest file counts. */
function largestFile({ workspace }: Session, path: string, identity: Identity, size: number): number {
  if (identity.type !== "directory") return size;
  const { listing = [] } = workspace.index.identifyTree(path) ?? {};
  return listing.reduce((largest, entry) => (entry.type === "file" ? Math.max(largest, entry.size) : largest), 0);
}

function* sourcePaths(
  { session, pins, task }: TaskRun,
  description: Description,
): IterableIterator<readonly [path: string, keep: Keep | undefined]> {
  const reads = readersFor(session.graph.tasks, task).map(readsOf);
  for (const { path, keep } of reads.flatMap(({ sources }) => sources)) yield [path, keep];
  for (const set of reads.flatMap(({ sets }) => sets)) {
    if (pins.sets.noted.has(set)) continue;
    const { keep } = session.graph.sets[set] as FileSet;
    for (const path of pins.sets.paths(set)) yield [path, keep];
    pins.sets.noted.add(set);
  }
  for (const [path, identity] of Object.entries(description.found ?? {}))
    if (identity !== null && !session.makers().has(path)) yield [path, undefined];
}

function isRetained(keep: Keep, size: number): boolean {
  return keep === "all" || (keep === "small" && size <= SMALL);
}

/** A value as the file of its JSON text. Of a secret only the salted digest is stored. */
function identifyValue(
  { session, pins }: TaskRun,
  readers: readonly Task[],
  name: string,
): { identity: Identity & { digest: Digest }; size: number; unkept?: true } | undefined {
  const id = name.slice(name.indexOf(":") + 1);
  const file = (digest: Digest, size: number) => ({
    identity: { type: "file", digest, executable: false } as const,
    size,
  });
  const text = (value: unknown) => {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
    return file(session.store.blobs.putBytes(bytes), bytes.length);
  };
  if (name.startsWith("param:")) return text(pins.param(id));
  if (name.startsWith("tool:")) {
    // Each task looks a tool up from its own working directory.
    const user = readers.find((reader) => readsOf(reader).tools.includes(id));
    return text(pins.tool(id, user?.cwd ?? ".") ?? null);
  }
  const value = pins.env(id);
  if (value.kind === "secret") return { ...file(value.digest, 0), unkept: true };
  return text(value.kind === "unset" ? null : value.value);
}
