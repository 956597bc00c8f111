import type { UndeclaredUse } from "../../../execute/undeclared-use.ts";
import type { Diagnostic } from "../../../model/diagnostic.ts";
import type { Task } from "../../../model/graph.ts";
import { compareBytes } from "../../../model/order.ts";
import { isReservedPath, isWithin, workspacePath } from "../../../model/path.ts";
import type { Session } from "../../session/session.ts";

/** Directories of the system, which counts by its name and architecture. */
const SYSTEM = /^\/(?:usr|etc|bin|sbin|lib|lib64|proc|sys|dev|run|opt|nix|System|Library)(?:\/|$)/;

/** What a function read without having it declared. */
export interface UndeclaredReads {
  /** Found inputs, sorted: workspace paths, or absolute where they lie outside of it. */
  readonly paths: readonly string[];
  /** Reads that no later run could compare. */
  readonly problems: readonly Diagnostic[];
}

/** Sorts what a function did with undeclared paths: most become found inputs, also where there is nothing. */
export function undeclaredReads(session: Session, task: Task, uses: readonly UndeclaredUse[]): UndeclaredReads {
  const paths = new Set<string>();
  const problems: Diagnostic[] = [];
  for (const { path: absolute, use, isOfLoading = false } of uses) {
    const path = workspacePath(session.workspace.root, absolute);
    // Packages are part of a function's code.
    if (SYSTEM.test(path) || /(?:^|\/)node_modules(?:\/|$)/.test(path)) continue;
    const type = session.workspace.files.stat(session.workspace.absolute(path))?.type;
    if (type === "directory" && use !== "list") continue;
    const why = untrackable(session, path, type);
    // A manifest may read what it likes for other tasks.
    if (isOfLoading && (why !== undefined || session.makers().has(path))) continue;
    if (why === undefined) paths.add(path);
    else problems.push(untracked(task, path, use, why));
  }
  return { paths: [...paths].sort(compareBytes), problems };
}

function untrackable({ graph }: Session, path: string, type: string | undefined): string | undefined {
  if (type === undefined || type === "file" || type === "symlink")
    return type !== undefined && isReservedPath(path) ? "which inc or git keeps for itself" : undefined;
  if (type !== "directory") return "which is neither a file nor a directory";
  if (path.startsWith("/")) return "a directory outside of the workspace";
  const holdsOutputs =
    path === "." || graph.tasks.some(({ outputs }) => outputs.some((made) => isWithin(made.path, path)));
  return holdsOutputs ? "a directory in which tasks make their outputs" : undefined;
}

function untracked(task: Task, path: string, use: UndeclaredUse["use"], why: string): Diagnostic {
  return {
    code: "INC4336",
    severity: "error",
    message: `the function of task "${task.id}" ${use === "list" ? "lists" : "reads"} "${path}", ${why}`,
    location: task.location,
    notes: [{ message: "inc could not see it change, so the result is not stored" }],
    help: ['declare it: inputs: { name: file("path") }, or files("dir/*") for the members of a directory'],
  };
}
