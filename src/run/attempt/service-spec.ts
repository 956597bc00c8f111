import { join } from "node:path";
import { foreignPrograms, taskEnvironment } from "../../execute/environment.ts";
import { renderCommand } from "../../execute/render.ts";
import { secretsOf } from "../../execute/secrets.ts";
import type { Service, Task } from "../../model/graph.ts";
import { own } from "../../model/own.ts";
import type { Result } from "../../model/result.ts";
import { serviceMarker } from "../../services/journal.ts";
import type { ServiceSpec } from "../../services/process.ts";
import { pathOfObject } from "../decide/pinned-objects.ts";
import type { RunPins } from "../decide/pins.ts";
import { renderContext } from "../decide/rendering.ts";
import type { Session } from "../session/session.ts";
import { responseFile, stdinPath } from "./attempts.ts";
import { placeObjects } from "./place-objects.ts";

/** What starts a service on what a run has pinned. Plain data: it is started again from it long after that run. */
export function specOf(session: Session, pins: RunPins, task: Task): Result<ServiceSpec> {
  const { workspace, graph } = session;
  const foreign = foreignPrograms(task, workspace.root);
  if (foreign !== undefined) return { ok: false, diagnostics: [foreign] };
  const id = serviceMarker(task.id);
  const unplaced = placeObjects(session, task);
  if (unplaced.length > 0) return { ok: false, diagnostics: unplaced };
  const lists = new Map<number, string>();
  const context = renderContext(graph, pins, {
    set: (index) => pins.sets.paths(index),
    object: (name) => pathOfObject(workspace, name),
    list: (input) => responseFile(session, task, pins, `${process.pid}-${id}`, input, lists),
  });
  const rendered = renderCommand(task, context);
  if (!rendered.ok) return rendered;
  const { file, args, display } = rendered.value;
  const input =
    task.action.kind === "exec" && task.action.stdin !== undefined ? task.inputs[task.action.stdin] : undefined;
  const stdin = stdinPath(workspace, input);
  const spec: ServiceSpec = {
    ...(task.service as Service),
    id,
    file,
    args,
    display,
    cwd: join(workspace.root, task.cwd),
    env: taskEnvironment(task, {
      workspace: workspace.root,
      marker: id,
      param: (name) => pins.param(name),
      env: (name) => own(process.env, name) ?? graph.envs.find((source) => source.name === name)?.default,
    }),
    stdin: stdin === undefined ? undefined : workspace.absolute(stdin),
    secrets: secretsOf(graph, task),
  };
  return { ok: true, value: spec };
}
