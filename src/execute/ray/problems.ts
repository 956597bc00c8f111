import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { DATA_HELP } from "./connect-problems.ts";
import type { Unbringable } from "./inputs.ts";
import type { Refusal } from "./protocol.ts";
import { amounts, lastLines } from "./words.ts";

/** The driver ended while an attempt was under way. */
export function lostCluster(task: Task, words: string): Diagnostic {
  return {
    code: "INC4351",
    severity: "error",
    message: `the Ray cluster was lost while task "${task.id}" ran`,
    location: task.location,
    notes: lastLines(words),
    help: ["run again once the cluster is up: what had ended is in the store"],
  };
}

/** Why a task that insists on a cluster cannot run there. */
export function immovableTool(task: Task, tool: string): Diagnostic {
  return {
    code: "INC4357",
    severity: "error",
    message: `task "${task.id}" cannot run on a Ray cluster: its tool "${tool}" is a package of the workspace, or chosen by a version manager`,
    location: task.location,
    help: ['leave out executor: "ray", or declare a program that all machines have'],
  };
}

/** Why an input cannot come to a worker. */
export function unbringable(task: Task, { path, why }: Unbringable): Diagnostic {
  if (why === "changed") return changed(task, path);
  return {
    code: "INC4353",
    severity: "error",
    message: `task "${task.id}" reads the symlink "${path}", which leads out of the workspace: no other machine has what it leads to`,
    location: task.location,
    help: ["put the file into the workspace in place of the symlink, or run the task without --executor ray"],
  };
}

function changed(task: Task, path: string): Diagnostic {
  return {
    code: "INC4356",
    severity: "error",
    message: `"${path}" changed before it was sent to the machine that runs task "${task.id}"`,
    location: task.location,
    help: ["run again"],
  };
}

/** Why a command did not run on a cluster, or was not seen to end. */
export function refused(task: Task, why: Refusal, host: string): Diagnostic {
  if (why.kind === "changed") return changed(task, why.path);
  return { severity: "error", location: task.location, ...refusalText(`task "${task.id}"`, why, host) };
}

type Text = Omit<Diagnostic, "severity" | "location">;

const LOOK = "look at the nodes of the cluster: ray status, and Ray's logs there";

/** @param task What ran, or was to run. */
export function refusalText(task: string, why: Exclude<Refusal, { kind: "changed" }>, host: string): Text {
  switch (why.kind) {
    case "infeasible":
      return infeasible(task, why);
    case "platform":
      return {
        code: "INC4354",
        message: `${task} came to ${host}, which is ${why.here}: its result would count as one of ${why.wanted}`,
        help: [`let the cluster have nodes of one kind, or say that the result is the same on each: platform: "any"`],
      };
    case "tool-missing":
      return otherTool(`${task} needs the tool "${why.tool}", which ${host} does not have`);
    case "tool-differs":
      return otherTool(
        `${task} needs the tool "${why.tool}", and ${host} has another one than this machine (${why.path})`,
      );
    case "unstarted":
      return { code: "INC4301", ...unstarted(why, host) };
    case "lost":
      return lost(`${task} was lost with its node or its worker ${why.tries} times`, why.message);
    case "data":
      return {
        code: "INC4358",
        message: `the data of ${task} cannot go by ${why.address}, which ${why.message}`,
        notes: [{ message: `tried on ${host}` }],
        help: DATA_HELP,
      };
    case "runtime-env":
      return {
        ...lost(`Ray could not set up what ${task} runs with`, why.message),
        help: [
          "correct runtimeEnv in the manifest: config({ executor: ray({ runtimeEnv: { … } }) })",
          "or give the nodes what Ray says that it lacks",
        ],
      };
    case "machine":
    case "memory":
    case "ray":
      return lost(`${task} could not be run on ${host}`, why.message);
  }
}

function infeasible(task: string, { request, lost, nodes }: Refusal & { readonly kind: "infeasible" }): Text {
  return {
    code: "INC4352",
    message: `${task} asks for more than any node of the Ray cluster has: ${amounts(request)}`,
    notes: [
      ...(lost === null ? [] : [{ message: `it began on a node that is gone: ${lost}` }]),
      ...nodes.map(({ name, resources }) => ({ message: `node ${name} has ${amounts(resources)}` })),
    ],
    help: ["ask for less in the task's resources, or add a node that has as much"],
  };
}

function otherTool(message: string): Text {
  return {
    code: "INC4354",
    message,
    help: ["install the same version on all machines, or leave the tool out of the inputs"],
  };
}

function lost(message: string, words: string): Text {
  return { code: "INC4355", message, notes: lastLines(words), help: [LOOK] };
}

function unstarted({ error, path, cwd }: Refusal & { readonly kind: "unstarted" }, host: string) {
  if (error === "ENOENT" && path?.endsWith(`/${cwd}`) === true)
    return { message: `the command's working directory "${cwd}" does not exist on ${host}` };
  if (error === "ENOENT")
    return {
      message: `the program "${path}" was not found on ${host}`,
      help: ["install it on all nodes of the cluster, or declare the file as an input"],
    };
  return { message: `"${path}" could not be started on ${host}: ${error}` };
}
