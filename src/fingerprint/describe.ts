import { readersFor } from "../graph/dependencies.ts";
import type { InputOf } from "../graph/reads.ts";
import { defined } from "../model/defined.ts";
import type { Description, EnvValue, ToolIdentity } from "../model/description.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Digest, Fingerprint } from "../model/digest.ts";
import { helpWithEmpty } from "../model/empty-set.ts";
import type { EnvBinding, FileSet, Graph, Input, ParamValue, Task, UnitItem } from "../model/graph.ts";
import type { Identity } from "../model/identity.ts";
import { objectName } from "../model/object-name.ts";
import { dictionary } from "../model/own.ts";
import type { Result } from "../model/result.ts";

/** What a run has pinned, as far as descriptions need it. */
export interface Pins {
  readonly platform: string;
  readonly shell: "bash" | "sh";
  /** What stands at a path of the workspace; undefined: nothing. */
  identify(path: string): Identity | undefined;
  /** Members of a set, by its index in the graph. */
  setPaths(set: number): readonly string[];
  /** Digest of the root node of a set, by its index in the graph. */
  setRoot(set: number): Digest;
  /** Digest of the root node over the artifacts of units. */
  unitsRoot(items: readonly UnitItem[]): Digest;
  param(name: string): ParamValue;
  env(name: string): EnvValue;
  /** A published object in its pinned version; undefined: there is none. */
  object(name: string): Identity | undefined;
  /** Undefined: it is nowhere. */
  tool(name: string, cwd: string): ToolIdentity | undefined;
  /** Where there is a file of a tool's name that may not be executed. */
  unexecutableTool(name: string, cwd: string): string | undefined;
  /** The fingerprint of a task that has ended well. */
  fingerprint(task: string): Fingerprint;
}

interface Draft {
  readonly files: Record<string, Identity>;
  readonly sets: Record<string, Digest>;
  readonly objects: Record<string, Identity>;
  readonly params: Record<string, ParamValue>;
  readonly tools: Record<string, ToolIdentity>;
  readonly env: Record<string, EnvValue>;
  readonly entries: Fingerprint[];
  readonly services: Fingerprint[];
  readonly missing: Diagnostic[];
}

/**
 * Describes everything the result of a task depends on but found inputs. Fails when an input is not there.
 * @param command The rendered command, as `renderCommand` gives it.
 */
export function describe(graph: Graph, task: Task, command: readonly string[], pins: Pins): Result<Description> {
  const lists = { entries: [], services: [], missing: [] };
  const draft: Draft = {
    files: dictionary(),
    sets: dictionary(),
    objects: dictionary(),
    params: dictionary(),
    tools: dictionary(),
    env: dictionary(),
    ...lists,
  };
  // Beside its fingerprint, which holds its command and its variables, what a service reads: so that it can be told.
  for (const reader of readersFor(graph.tasks, task))
    for (const input of reader.inputs) addInput(graph, reader, input, pins, draft);
  for (const [name, binding] of Object.entries(task.env)) addBinding(graph, name, binding, pins, draft);
  if (draft.missing.length > 0) return { ok: false, diagnostics: draft.missing };
  const { files, sets, objects, params, tools, env, entries, services } = draft;
  const stdio = stdioOf(task);
  return {
    ok: true,
    value: {
      format: 1,
      platform: pins.platform,
      shell: task.action.kind === "exec" ? "exec" : pins.shell,
      command,
      ...defined({ stdio }),
      cwd: task.cwd,
      env,
      params,
      tools,
      files,
      ...(Object.keys(objects).length === 0 ? {} : { objects }),
      sets,
      entries: entries.sort(),
      ...(services.length === 0 ? {} : { services: [...new Set(services)].sort() }),
      outputs: task.outputs.map(({ name, path, type }) => ({ name, path, type })),
      depfiles: task.depfiles.map(({ path, relativeTo }) => (relativeTo === undefined ? path : { path, relativeTo })),
    },
  };
}

function addInput(graph: Graph, task: Task, input: Input, pins: Pins, draft: Draft): void {
  switch (input.kind) {
    case "file":
    case "artifact": {
      const identity = pins.identify(input.path);
      // That it is not there is told from that it is by what the description lacks.
      if (identity === undefined && input.kind === "file" && input.optional === true) return;
      if (identity === undefined) draft.missing.push(missingFile(task, input.path, input));
      else draft.files[input.path] = identity;
      return;
    }
    case "files":
      addSet(task, graph.sets[input.set] as FileSet, input.set, pins, draft);
      return;
    case "param":
      draft.params[input.name] = pins.param(input.name);
      return;
    case "env":
      draft.env[`\${${input.name}}`] = pins.env(input.name);
      return;
    case "tool": {
      const identity = pins.tool(input.name, task.cwd);
      if (identity === undefined)
        draft.missing.push(missingTool(task, input, pins.unexecutableTool(input.name, task.cwd)));
      // A service may find another one by that name: that is in its fingerprint.
      else draft.tools[input.name] ??= identity;
      return;
    }
    case "object":
      addObject(task, input, pins, draft);
      return;
    case "entry":
      draft.entries.push(pins.fingerprint(input.task));
      return;
    case "service":
      draft.services.push(pins.fingerprint(input.task));
      return;
    case "units":
      addUnits(input, pins, draft);
      return;
    default:
      input satisfies never;
  }
}

function addObject(task: Task, input: InputOf<"object">, pins: Pins, draft: Draft): void {
  const identity = pins.object(input.name);
  if (identity === undefined) draft.missing.push(unpublished(task, input));
  else draft.objects[input.name] = identity;
}

function addUnits({ group, items }: InputOf<"units">, pins: Pins, draft: Draft): void {
  for (const item of items) if (item.path === undefined) draft.entries.push(pins.fingerprint(item.task));
  if (items.some((item) => item.path !== undefined)) draft.sets[freeLabel(draft.sets, group)] = pins.unitsRoot(items);
}

function addSet(task: Task, set: FileSet, index: number, pins: Pins, draft: Draft): void {
  if (!set.allowEmpty && pins.setPaths(index).length === 0) draft.missing.push(emptySet(task, set));
  // What a task and its services both read is told once.
  else if (task.service === undefined || draft.sets[set.label] !== pins.setRoot(index))
    draft.sets[freeLabel(draft.sets, set.label)] = pins.setRoot(index);
}

/** Two sets of one task may be written alike (and differ in what they exclude): each keeps a label of its own. */
function freeLabel(taken: Readonly<Record<string, unknown>>, label: string): string {
  let free = label;
  for (let n = 2; free in taken; n += 1) free = `${label} (${n})`;
  return free;
}

function addBinding(graph: Graph, name: string, binding: EnvBinding, pins: Pins, draft: Draft): void {
  if (binding.kind === "literal") draft.env[name] = { kind: "value", value: binding.value };
  else if (binding.kind === "param") draft.env[name] = { kind: "value", value: String(pins.param(binding.name)) };
  else if (graph.envs.find((source) => source.name === binding.name)?.tracked !== false)
    draft.env[name] = pins.env(binding.name);
}

function stdioOf(task: Task): Description["stdio"] {
  if (task.action.kind !== "exec") return undefined;
  const { stdin, stdout, stderr } = task.action;
  if (stdin === undefined && stdout === undefined && stderr === undefined) return undefined;
  const source = stdin === undefined ? undefined : task.inputs[stdin];
  const path = source?.kind === "object" ? objectName("object", source.name) : pathOf(source);
  return {
    ...defined({ stdin: path }),
    ...(stdout === undefined ? {} : { stdout: task.outputs[stdout]?.path ?? "" }),
    ...(stderr === undefined ? {} : { stderr: task.outputs[stderr]?.path ?? "" }),
  };
}

function pathOf(input: Input | undefined): string | undefined {
  return input !== undefined && "path" in input ? input.path : undefined;
}

function unpublished(task: Task, input: InputOf<"object">): Diagnostic {
  return {
    code: "INC4209",
    severity: "error",
    message: `task "${task.id}" reads the object "${input.name}", of which nothing was published yet`,
    location: input.location,
    help: [`publish it: inc put ${input.name} FILE`],
  };
}

function missingFile(task: Task, path: string, input: Input): Diagnostic {
  return {
    code: "INC4201",
    severity: "error",
    message: `task "${task.id}" reads "${path}", which is not there`,
    location: input.location,
    help: ["make the file, or take it out of the task's inputs"],
  };
}

function emptySet(task: Task, set: FileSet): Diagnostic {
  return {
    code: "INC2503",
    severity: "error",
    message: `the set ${set.label}, which task "${task.id}" reads, matches nothing`,
    location: set.location,
    help: helpWithEmpty(set),
  };
}

function missingTool(task: Task, input: InputOf<"tool">, there: string | undefined): Diagnostic {
  if (there !== undefined)
    return {
      code: "INC4202",
      severity: "error",
      message: `task "${task.id}" needs the tool "${input.name}", but "${there}" may not be executed`,
      location: input.location,
      help: [`make it executable: chmod +x ${there}`],
    };
  return {
    code: "INC4202",
    severity: "error",
    message: `task "${task.id}" needs the tool "${input.name}", which is neither in node_modules/.bin nor on PATH`,
    location: input.location,
    help: [`install ${input.name}, or put its directory on PATH`],
  };
}
