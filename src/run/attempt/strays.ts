import type { AttemptResult } from "../../execute/executor.ts";
import type { Task } from "../../model/graph.ts";
import type { Session } from "../session/session.ts";

/** As many processes as a warning names. */
const MOST_NAMED = 3;

/** Warns about daemons that a command left running and inc has ended. */
export function warnOfStrays(session: Session, task: Task, { strays, cluster }: AttemptResult): void {
  if (strays === undefined) return;
  const named = strays.slice(0, MOST_NAMED).map(({ pid, command }) => `"${command}" (pid ${pid})`);
  const more = strays.length - named.length;
  session.emit({
    kind: "diagnostic",
    diagnostic: {
      code: "INC4309",
      severity: "warning",
      message: `task "${task.id}" left ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""} running, and inc ended ${strays.length === 1 ? "it" : "them"}`,
      location: task.location,
      help: [
        "declare processes that tasks need as a service()",
        // On a cluster nothing stays.
        ...(cluster === undefined ? ["start a process that should stay with env -u INC_ATTEMPT"] : []),
      ],
    },
  });
}
