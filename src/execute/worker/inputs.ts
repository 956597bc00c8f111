import type { Input, Task, UnitItem } from "../../model/graph.ts";
import { isValuePath } from "../../model/path.ts";
import type { FunctionAction, FunctionInput } from "../../model/task/action.ts";
import { pathFrom, type ReferenceValues } from "../render.ts";
import type { TaskCommand } from "../task-command.ts";
import type { Job, JobInput, JobUnit } from "./protocol.ts";

const NOTHING: JobInput = { kind: "nothing" };

/** The paths of a task's outputs by name. Where its value goes inc alone knows. */
export function jobOutputs(task: Task): Job["outputs"] {
  return task.outputs
    .filter(({ value }) => value === undefined)
    .map(({ name, path }) => [name, pathFrom(task.cwd, path)] as const);
}

/** True for a task whose function returns its value. */
export function returnsValue({ outputs }: Task): boolean {
  return outputs.some(({ value }) => value !== undefined);
}

/** A unit as one call for several gets it. */
export function jobUnit({ task, values }: TaskCommand): JobUnit {
  const inputs = jobInputs(task, task.action as FunctionAction, values);
  return { task: task.id, key: task.key ?? task.id, inputs, outputs: jobOutputs(task) };
}

/** The inputs of a function by name, with the paths and values that they stand for in a run. */
export function jobInputs(
  task: Task,
  action: FunctionAction,
  values: ReferenceValues,
): readonly (readonly [label: string, JobInput])[] {
  return action.inputs.map((input) => [input.label, jobInput(task, input, values)] as const);
}

function jobInput(task: Task, { inputs, names }: FunctionInput, values: ReferenceValues): JobInput {
  const [first, ...more] = inputs.map((index) => task.inputs[index] as Input);
  if (first === undefined) return NOTHING;
  if (first.kind === "units") return units(task, first.items, names);
  if (names === undefined && more.length === 0) return single(task, first, values);
  // Several without names are services.
  if (names === undefined) return NOTHING;
  const entries = [first, ...more].map((input, i) => [names[i] ?? "", single(task, input, values)] as const);
  return { kind: "record", entries };
}

function single({ cwd }: Task, input: Input, values: ReferenceValues): JobInput {
  switch (input.kind) {
    case "file":
    case "artifact":
      return file(cwd, input.path);
    case "object":
      return file(cwd, values.object(input.name));
    case "files":
      return {
        kind: "map",
        entries: values.set(input.set).map((path) => [pathFrom(cwd, path), file(cwd, path)] as const),
      };
    case "param":
      return { kind: "value", value: values.param(input.name) };
    case "env": {
      const value = values.env(input.name);
      return value === undefined ? NOTHING : { kind: "value", value };
    }
    case "tool":
      return { kind: "value", value: values.tool(input.name) };
    case "entry":
    case "service":
    case "units":
      return NOTHING;
    default:
      return input satisfies never;
  }
}

/** What the units make, by their keys. */
function units({ cwd }: Task, items: readonly UnitItem[], names: readonly string[] | undefined): JobInput {
  const entries = new Map<string, JobInput>();
  const records = new Map<string, [string, JobInput][]>();
  for (const { key, path, output } of items) {
    const made = path === undefined ? NOTHING : file(cwd, path);
    if (names === undefined) entries.set(key, made);
    else records.set(key, [...(records.get(key) ?? []), [names[output ?? 0] ?? "", made]]);
  }
  for (const [key, record] of records) entries.set(key, { kind: "record", entries: record });
  return { kind: "map", entries: [...entries] };
}

/** A value is read before the function runs, a file by the function itself. */
function file(cwd: string, path: string): JobInput {
  return { kind: isValuePath(path) ? "json" : "file", path: pathFrom(cwd, path) };
}
