import type { Input } from "../model/graph.ts";
import type { TaskCommand } from "./task-command.ts";

/** What a response file lists of an input: paths relative to the workspace. */
export function membersOf(input: Input | undefined, values: TaskCommand["values"]): readonly string[] {
  switch (input?.kind) {
    case "files":
      return values.set(input.set);
    case "units":
      return input.items.flatMap(({ path }) => path ?? []);
    case "file":
    case "artifact":
      return [input.path];
    case undefined:
    case "param":
    case "env":
    case "tool":
    case "object":
    case "entry":
    case "service":
      return [];
    default:
      return input satisfies never;
  }
}
