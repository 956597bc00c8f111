import { dependencies } from "../../graph/dependencies.ts";
import { defined } from "../../model/defined.ts";
import type { Change } from "../../model/description.ts";
import type { Version } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { objectName, pathName } from "../../model/object-name.ts";
import type { TaskStatus } from "../../run/inspect.ts";
import type { History } from "../../store/history.ts";
import { describeReason } from "./reason.ts";

/** A cause, with all tasks that it makes stale, in topological order. */
export interface StaleCause {
  /** The name of an object, or a description of another cause. */
  readonly cause: string;
  /** Its latest version; of a file that no task has used since it changed, the one before. Absent: it has none. */
  readonly version?: Version;
  readonly tasks: readonly {
    readonly task: string;
    /** The stale tasks through which the cause reaches this one; empty: it does so directly. */
    readonly through: readonly string[];
    readonly why: string;
  }[];
}

/** Lists what each new version, or other change, makes stale, transitively, and why. */
export function staleCauses(
  tasks: readonly Task[],
  statuses: readonly TaskStatus[],
  history: History,
): readonly StaleCause[] {
  const byTask = new Map(statuses.map((status) => [status.task, status]));
  const reached = new Map<string, ReadonlySet<string>>();
  const causes = new Map<string, StaleCause["tasks"][number][]>();
  for (const task of tasks) {
    const status = byTask.get(task.id);
    if (status === undefined || status.result === "fresh") continue;
    const own = ownCauses(status);
    const above = [...dependencies(task)].filter((id) => reached.has(id));
    reached.set(task.id, new Set([...own, ...above.flatMap((id) => [...(reached.get(id) ?? [])])]));
    for (const cause of reached.get(task.id) ?? []) {
      const through = own.includes(cause) ? [] : above.filter((id) => reached.get(id)?.has(cause) === true);
      const list = causes.get(cause) ?? [];
      list.push({ task: task.id, through, why: describeReason(status.reason) });
      causes.set(cause, list);
    }
  }
  return [...causes].map(([cause, list]) => {
    const version = history.latest(cause);
    return { cause, ...defined({ version }), tasks: list };
  });
}

/** The causes that make a task stale directly, not through other tasks. */
function ownCauses({ reason }: TaskStatus): string[] {
  if (reason.kind === "changed") return [...new Set(reason.changes.map(causeOf))];
  return reason.kind === "upstream-stale" || reason.kind === "upstream-failed" || reason.kind === "upstream-skipped"
    ? []
    : [describeReason(reason)];
}

function causeOf(change: Change): string {
  switch (change.aspect) {
    case "file":
      return pathName(change.path);
    case "object":
    case "param":
    case "tool":
      return objectName(change.aspect, change.name);
    case "env":
      return objectName("env", change.name.replace(/^\$\{(.*)\}$/, "$1"));
    case "runtimeEnv":
      return "what Ray sets up for a task";
    default:
      return `the ${change.aspect} of a task`;
  }
}
