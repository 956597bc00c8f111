import { relative } from "node:path";
import { digestWhenLoaded } from "../../../access/manifest-reads.ts";
import type { FunctionUse } from "../../../execute/executor.ts";
import { isPackage } from "../../../manifest/module-path.ts";
import type { Diagnostic } from "../../../model/diagnostic.ts";
import type { Task } from "../../../model/graph.ts";
import { modulesOf } from "../../../model/task/code.ts";
import type { Session } from "../../session/session.ts";

/** What speaks against the result of a function, by the code that its process really loaded. */
export interface CodeUsed {
  /** Workspace paths of modules that were loaded in another state than that which the fingerprint stands for. */
  readonly moved: readonly string[];
  /** Modules that are not part of the code that the fingerprint stands for. */
  readonly problems: readonly Diagnostic[];
}

const NOTHING: CodeUsed = { moved: [], problems: [] };

/** Compares what a function's process loaded with the code in its fingerprint. */
export function codeUsed(session: Session, task: Task, use: FunctionUse | undefined): CodeUsed {
  if (use === undefined || task.action.kind !== "function") return NOTHING;
  const known = new Set(modulesOf(session.cached.graph, task.action.code));
  const { root } = session.workspace;
  // A version stands for all code, whatever is loaded.
  const isTracked = task.action.code.version === undefined;
  const late = (isTracked ? use.late : []).filter((path) => !isPackage(path) && !known.has(relative(root, path)));
  const moved = use.modules.filter(
    ([path, digest]) =>
      known.has(relative(root, path)) && digestWhenLoaded(session.workspace, session.cached, path) !== digest,
  );
  return {
    moved: moved.map(([path]) => relative(root, path)),
    problems: late.map((path) => notItsCode(task, relative(root, path))),
  };
}

function notItsCode(task: Task, path: string): Diagnostic {
  const isPython = task.action.kind === "function" && task.action.python !== undefined;
  return {
    code: "INC4335",
    severity: "error",
    message: `the function of task "${task.id}" loaded "${path}", which is not part of its code`,
    location: task.location,
    notes: [{ message: "an edit of that module would not run the task again, so its result is not stored" }],
    help: [
      isPython
        ? "import it by its name at the top of a module that the function uses"
        : `import it at the top of a module that the function uses: import … from "./${path}"`,
    ],
  };
}
