import { dirname, join } from "node:path";
import { realFiles } from "../../host/files/files.ts";
import type { Task } from "../../model/graph.ts";
import { ancestors, isInnerPath, workspacePath } from "../../model/path.ts";
import type { UndeclaredUse } from "../undeclared-use.ts";

/** What the directory of an attempt held at its start, and where it stands for this machine's workspace. */
interface Held {
  /** Absolute path of the workspace. */
  readonly root: string;
  readonly brought: readonly { readonly path: string }[];
}

/**
 * Paths of the workspace, none of them declared, at which a Python function found something else on another machine than this
 * one has: nothing, or a directory without some of its members. Its result could be one that this machine never gives.
 */
export function foundOtherwise(task: Task, uses: readonly UndeclaredUse[], held: Held): readonly string[] {
  const there = placesThere(task, held);
  return uses
    .map(({ path, use }) => ({ path: workspacePath(held.root, path), use }))
    .filter(({ path, use }) => isInnerPath(path) && isOtherwise(path, use, { there, root: held.root }))
    .map(({ path }) => path);
}

function isOtherwise(
  path: string,
  use: UndeclaredUse["use"],
  { there, root }: { readonly there: ReadonlySet<string>; readonly root: string },
): boolean {
  const type = realFiles.stat(join(root, path))?.type;
  if (type === undefined) return false;
  if (use !== "list" || type !== "directory") return !there.has(path);
  return (realFiles.readDirectory(join(root, path)) ?? []).some(({ name }) => !there.has(`${path}/${name}`));
}

/** All that was there: what came, the working directory, those of outputs. */
function placesThere(task: Task, { brought }: Held): ReadonlySet<string> {
  const directories = [task.cwd, ...task.outputs.map(({ path }) => dirname(path))];
  const paths = [...brought.map(({ path }) => path), ...directories];
  return new Set(paths.flatMap((path) => [path, ...ancestors(path)]));
}
