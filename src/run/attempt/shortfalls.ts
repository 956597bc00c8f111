import { statfsSync } from "node:fs";
import { missingVariable } from "../../execute/environment.ts";
import type { AttemptResult } from "../../execute/executor.ts";
import { readLog } from "../../execute/log-files.ts";
import { collectOutputs } from "../../execute/outputs.ts";
import { settleValue } from "../../execute/settle-value.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { own } from "../../model/own.ts";
import type { Session } from "../session/session.ts";

/** With less space than this nothing useful can be written, a command's log included, in bytes. */
const NO_SPACE = 8192;

/** How much of a failing command's log is searched for the name of a variable it missed, in bytes. */
const LOG_TAIL = 16_384;

/** Faults that an exit code does not show: an output that was not made, a missing variable, a full disk. */
export function shortfalls(session: Session, task: Task, result: AttemptResult, log: string): readonly Diagnostic[] {
  if (result.outcome === "ok") {
    const problems = collectOutputs(task, session.workspace.root, (path) => session.makers().has(path));
    return problems.length > 0 ? problems : settleValue(task, session.workspace.root);
  }
  if (result.outcome === "failed" && isFull(session.workspace.root)) return [fullDisk(session, task)];
  if (result.outcome !== "failed" || result.logSize === 0) return [];
  const name = missingVariable(readLog(log)?.subarray(-LOG_TAIL).toString("utf8") ?? "");
  if (name === undefined || Object.hasOwn(task.env, name) || own(process.env, name) === undefined) return [];
  return [
    {
      code: "INC4208",
      severity: "error",
      message: `task "${task.id}" seems to need the variable ${name}, which is set here but not passed to it`,
      location: task.location,
      help: [`declare it: env: { ${name}: env("${name}") }`],
    },
  ];
}

function isFull(directory: string): boolean {
  const { bavail, bsize, ffree, files } = statfsSync(directory);
  return bavail * bsize < NO_SPACE || (files > 0 && ffree === 0);
}

function fullDisk({ workspace }: Session, task: Task): Diagnostic {
  return {
    code: "INC4212",
    severity: "error",
    message: `task "${task.id}" failed, and the disk that "${workspace.root}" is on is full`,
    location: task.location,
    help: ["make room, then run again: what was stored before is still there"],
  };
}
