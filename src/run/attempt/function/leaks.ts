import type { FunctionUse } from "../../../execute/executor.ts";
import type { Task } from "../../../model/graph.ts";
import type { Session } from "../../session/session.ts";

/** Says once in a run what a function left in its process, which no other may see: the process was replaced. */
export function warnOfLeaks({ emit, leaking }: Session, task: Task, use: FunctionUse | undefined): void {
  const [first, ...more] = use?.leaks ?? [];
  const name = task.group ?? task.id;
  if (first === undefined || leaking.has(name)) return;
  leaking.add(name);
  emit({
    kind: "diagnostic",
    diagnostic: {
      code: "INC4337",
      severity: "warning",
      message: `the function of task "${task.id}" left ${first} in its process${more.length === 0 ? "" : `, and ${more.length} more`}`,
      location: task.location,
      notes: [
        ...(more.length === 0
          ? []
          : [{ message: `also ${more.slice(0, 5).join(", ")}${more.length > 5 ? ", …" : ""}` }]),
        { message: "the process is replaced, so that no other function sees it: that takes time" },
      ],
      help: ["clear timers, close what is opened, and await all work before the function returns"],
    },
  });
}
