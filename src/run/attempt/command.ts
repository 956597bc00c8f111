import { secretsOf } from "../../execute/secrets.ts";
import type { TaskCommand } from "../../execute/task-command.ts";
import type { Task } from "../../model/graph.ts";
import { pathOfObject } from "../decide/pinned-objects.ts";
import type { RunPins } from "../decide/pins.ts";
import { referenceValues } from "../decide/rendering.ts";
import type { Session } from "../session/session.ts";

/** The command of a task or a service on what a run has pinned. */
export function commandOf({ graph, workspace }: Session, pins: RunPins, task: Task): TaskCommand {
  const names = {
    set: (set: number) => pins.sets.paths(set),
    object: (name: string) => pathOfObject(workspace, name),
  };
  return { task, values: referenceValues(graph, pins, names), secrets: secretsOf(graph, task) };
}
