import type { Diagnostic } from "../model/diagnostic.ts";
import type { Task } from "../model/graph.ts";
import type { ExecutorName } from "../model/task/executor.ts";
import { readsOf } from "./reads.ts";

/** What keeps a task on this machine, whatever it is asked to run on. */
export type Stay = "function" | "batch" | "mutates" | "depfile" | "service";

/** Undefined: another machine can run it. */
export function stayOf(task: Task): Stay | undefined {
  if (task.action.kind === "function" && task.action.python === undefined) return "function";
  if (task.action.kind === "function" && task.action.all === true) return "batch";
  if (task.mutates.length > 0) return "mutates";
  // The files that it names were looked at here alone.
  if (task.depfiles.length > 0) return "depfile";
  return readsOf(task).services.length > 0 ? "service" : undefined;
}

/** True for a task that is asked to run on a Ray cluster. @param standard Where tasks run that say nothing. */
export function isAskedOfRay({ executor, service, isOwn }: Task, standard: ExecutorName): boolean {
  return service === undefined && isOwn !== true && (executor ?? standard) === "ray";
}

/** True for a task that a Ray cluster runs. */
export function runsOnRay(task: Task, standard: ExecutorName): boolean {
  return isAskedOfRay(task, standard) && stayOf(task) === undefined;
}

const WHY: Readonly<Record<Stay, string>> = {
  function: "its function runs in a process of this inc",
  batch: "one call of its function makes several units (runAll)",
  mutates: "it changes files of the workspace in place (mutates)",
  depfile: "the files that its depfile names are looked at on this machine",
  service: "it reads from a service, which runs on this machine",
};

/** Tasks that say themselves that they run on Ray, and cannot. */
export function checkExecutors(tasks: readonly Task[]): readonly Diagnostic[] {
  return tasks.flatMap((task) => {
    const stay = task.executor === "ray" ? stayOf(task) : undefined;
    return stay === undefined ? [] : [cannotTravel(task, stay)];
  });
}

function cannotTravel(task: Task, stay: Stay): Diagnostic {
  return {
    code: "INC2034",
    severity: "error",
    message: `task "${task.id}" cannot run on a Ray cluster: ${WHY[stay]}`,
    location: task.location,
    help: ['leave out executor: "ray", or make it a command that reads its inputs and writes its outputs'],
  };
}

const KINDS: readonly (readonly [Stay, one: string, many: string])[] = [
  ["function", "is a function", "are functions"],
  ["batch", "is made with others in one call", "are made with others in one call"],
  ["mutates", "changes files in place", "change files in place"],
  ["depfile", "has a depfile", "have depfiles"],
  ["service", "reads from a service", "read from services"],
];

/** Says of how many tasks of a run that this machine runs them though Ray was asked for. Undefined: of none. */
export function stayAll(tasks: readonly Task[], standard: ExecutorName): Diagnostic | undefined {
  const asked = tasks.filter((task) => isAskedOfRay(task, standard));
  const stays = asked.flatMap((task) => stayOf(task) ?? []);
  if (stays.length === 0) return undefined;
  const parts = KINDS.flatMap(([kind, one, many]) => {
    const count = stays.filter((stay) => stay === kind).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  return {
    code: "INC4231",
    severity: "warning",
    message: `${stays.length} of ${asked.length} tasks ${stays.length === 1 ? "runs" : "run"} on this machine, not on Ray: ${parts.join(", ")}`,
    help: ['say so in the manifest, and this is not repeated: executor: "local"'],
  };
}
