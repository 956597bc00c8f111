import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { symlinkedComponent } from "../execute/outputs.ts";
import { Contained } from "../host/files/contained.ts";
import { askGitLater } from "../host/process/git.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Owned } from "../model/entry.ts";
import { type Identity, sameIdentity } from "../model/identity.ts";
import { ancestors, upward } from "../model/path.ts";

export interface RemoveContext {
  /** Absolute path. */
  readonly workspace: string;
  /** What is at a workspace path now. */
  identify(path: string): Identity | undefined;
  /** Nothing is removed: what would be is given. */
  readonly dry?: boolean;
}

export interface Removal {
  /** Paths that are gone, those that were removed before included. */
  readonly removed: readonly string[];
  /** One for each path that was left in place, with the reason. */
  readonly warnings: readonly Diagnostic[];
}

/** How many paths git is asked about at once: they go on its command line. */
const BATCH = 1000;

/**
 * Removes what inc wrote and no task makes any more: only what still is what inc wrote, is not tracked by git and is
 * not reached through a symlink. Directories that this empties go too, but never the workspace.
 */
export async function removeStale(owned: readonly Owned[], context: RemoveContext): Promise<Removal> {
  const removed: string[] = [];
  const warnings: Diagnostic[] = [];
  const isTracked = await trackedBy(
    context.workspace,
    owned.map(({ path }) => path),
  );
  const act = context.dry === true ? () => undefined : remove;
  for (const own of innermostFirst(owned)) {
    const reason = whyNotRemoved(own, context, isTracked) ?? act(context.workspace, own.path);
    if (reason === undefined) removed.push(own.path);
    else warnings.push(leftInPlace(own, reason));
  }
  return { removed, warnings };
}

/** A path within an output of another task, which only a checkout can leave, would else make that output look edited. */
function innermostFirst(owned: readonly Owned[]): readonly Owned[] {
  return owned.toSorted((a, b) => b.path.split("/").length - a.path.split("/").length);
}

function whyNotRemoved(
  own: Owned,
  context: RemoveContext,
  isTracked: (path: string) => boolean | undefined,
): string | undefined {
  const link = symlinkedComponent(context.workspace, own.path);
  if (link !== undefined) return `"${link}" is a symlink`;
  let now: Identity | undefined;
  try {
    now = context.identify(own.path);
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics[0]?.message;
    throw error;
  }
  if (now === undefined) return undefined;
  if (!sameIdentity(now, own.identity)) return "it was changed since";
  const tracked = isTracked(own.path);
  return tracked === undefined ? "git could not say whether it is tracked" : tracked ? "git tracks it" : undefined;
}

function remove(workspace: string, path: string): string | undefined {
  const tree = new Contained(workspace);
  try {
    tree.remove(path);
  } catch (error) {
    return (error as Error).message;
  }
  // A directory with something left in it stays, and so do all above it.
  for (const above of ancestors(path)) if (!tree.removeEmpty(above)) break;
  return undefined;
}

function leftInPlace({ path, task }: Owned, reason: string): Diagnostic {
  return {
    code: "INC4308",
    severity: "warning",
    message: `"${path}", which task "${task}" made, is left in place: ${reason}`,
    help: ["remove it by hand if it is not needed"],
  };
}

/** Gives a predicate for paths that git tracks, or tracks something under; undefined: git could not be asked. */
async function trackedBy(workspace: string, paths: readonly string[]): Promise<(path: string) => boolean | undefined> {
  const tracked = new Set<string>();
  for (const [repository, inside] of byRepository(workspace, paths))
    for (let start = 0; start < inside.length; start += BATCH) {
      const batch = inside.slice(start, start + BATCH).map((path) => posix.relative(repository, path));
      const cwd = join(workspace, repository);
      const answer = await askGitLater(["--literal-pathspecs", "ls-files", "-z", "--", ...batch], cwd);
      if (answer === undefined) return () => undefined;
      for (const name of answer.split("\0").filter((text) => text !== ""))
        for (let path = posix.join(repository, name); path !== "."; path = posix.dirname(path)) tracked.add(path);
    }
  return (path) => tracked.has(path);
}

/** Directories in which git has to be asked: the workspace, and repositories in it. Paths relative to the workspace. */
function byRepository(workspace: string, paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, string | undefined>();
  const repositoryOf = (directory: string): string | undefined => {
    if (directory === ".") return inRepository(workspace) ? "." : undefined;
    if (!known.has(directory)) {
      const is = existsSync(join(workspace, directory, ".git"));
      known.set(directory, is ? directory : repositoryOf(posix.dirname(directory)));
    }
    return known.get(directory);
  };
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const repository = repositoryOf(posix.dirname(path));
    if (repository === undefined) continue;
    found.set(repository, [...(found.get(repository) ?? []), path]);
  }
  return found;
}

function inRepository(workspace: string): boolean {
  return [...upward(workspace)].some((directory) => existsSync(join(directory, ".git")));
}
