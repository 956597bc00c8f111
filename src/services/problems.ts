import { unstarted } from "../execute/local/supervise.ts";
import { safeText } from "../execute/safe-text.ts";
import type { Diagnostic, Note } from "../model/diagnostic.ts";
import type { Ready, Task } from "../model/graph.ts";
import type { Ending, ServiceProcess } from "./process.ts";

/** How many lines of a service's output a diagnostic quotes. */
const QUOTED = 10;

/** Why a service is not ready, after a start that failed. */
export function startProblem(task: Task, process: ServiceProcess): Diagnostic {
  const { ending, spec } = process;
  const common = { severity: "error", location: task.location, notes: printed(process) } as const;
  const name = `service "${task.id}"`;
  if (ending.cause === "unstartable" && ending.error !== undefined) {
    const { message, help = [] } = unstarted(spec, ending.error);
    return { ...common, code: "INC4301", message: `${name} could not be started: ${message}`, help };
  }
  if (ending.cause === "unstartable")
    return {
      ...common,
      code: "INC4503",
      message: `${name} was not started: another process already listens at ${placeOf(spec.ready)}`,
      help: ["end that process, or give the service another port"],
    };
  if (ending.cause === "timeout")
    return {
      ...common,
      code: "INC4502",
      message: `${name} was not ready within ${spec.timeout / 1000} s: ${missing(spec.ready)}`,
      help: ['raise its limit (timeout: "2m"), or correct its readiness check'],
    };
  return {
    ...common,
    code: "INC4501",
    message: `${name} ended before it was ready: ${howItEnded(ending)}`,
    help: [`run it alone to see what it prints: inc run ${task.id}`],
  };
}

/** A service that was ready ended while a task needed it. */
export function lossProblem(task: Task, process: ServiceProcess, user: Task): Diagnostic {
  return {
    code: "INC4501",
    severity: "error",
    message: `service "${task.id}" ended while task "${user.id}" needed it: ${howItEnded(process.ending)}`,
    location: task.location,
    notes: printed(process),
    help: [`run it alone to see what it prints: inc run ${task.id}`],
  };
}

function howItEnded({ exit, signal }: Ending): string {
  return signal === undefined ? `exit code ${exit ?? "unknown"}` : `signal ${signal}`;
}

function printed({ tail }: ServiceProcess): readonly Note[] {
  const lines = tail.map((line) => safeText(Buffer.from(line), { colours: false })).filter((line) => line !== "");
  return lines.slice(-QUOTED).map((line) => ({ message: `it printed: ${line}` }));
}

function placeOf(ready: Ready): string {
  return ready.kind === "http" ? ready.url : ready.kind === "port" ? `port ${ready.port}` : "its place";
}

function missing(ready: Ready): string {
  switch (ready.kind) {
    case "port":
      return `port ${ready.port} accepts no connection`;
    case "http":
      return `${ready.url} does not answer with 2xx`;
    case "text":
      return `it printed no line with "${ready.text}"`;
    case "pattern":
      return `it printed no line that /${ready.source}/${ready.flags} fits`;
    case "started":
      return "it did not start";
  }
}
