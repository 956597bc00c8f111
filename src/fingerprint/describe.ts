import { readersFor } from "../graph/dependencies.ts";
import type { InputOf } from "../graph/reads.ts";
import { defined } from "../model/defined.ts";
import type {
  Description,
  EnvValue,
  FunctionDescription,
  OutputDescription,
  ToolIdentity,
} from "../model/description.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Digest, Fingerprint } from "../model/digest.ts";
import { helpWithEmpty } from "../model/empty-set.ts";
import type { EnvBinding, FileSet, Graph, Input, Output, ParamValue, Task, UnitItem } from "../model/graph.ts";
import type { Identity } from "../model/identity.ts";
import { objectName } from "../model/object-name.ts";
import { dictionary } from "../model/own.ts";
import type { Result } from "../model/result.ts";
import type { FunctionCode, FunctionInput } from "../model/task/action.ts";

/** What a run has pinned, as far as descriptions need it. */
export interface Pins {
  readonly platform: string;
  readonly shell: "bash" | "sh";
  /** What is at a path of the workspace; undefined: nothing. */
  identify(path: string): Identity | undefined;
  /** Members of a set, by its index in the graph. */
  setPaths(set: number): readonly string[];
  /** Digest of the root node of a set, by its index in the graph. */
  setRoot(set: number): Digest;
  /** Digest of the root node over the artifacts of units. */
  unitsRoot(items: readonly UnitItem[]): Digest;
  /** Digest of the root node over the parts of a function's code; undefined where a version stands for it. */
  codeRoot(code: FunctionCode): Digest | undefined;
  /** Digest of the keys of units and of what each stands for, without content. */
  unitKeys(items: readonly UnitItem[]): Digest;
  /** Version of Node, as `process.version` has it. */
  readonly node: string;
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

/** A description in the making, and why it cannot be made. */
class Draft {
  readonly files = dictionary<Identity>();
  readonly sets = dictionary<Digest>();
  readonly objects = dictionary<Identity>();
  readonly params = dictionary<ParamValue>();
  readonly tools = dictionary<ToolIdentity>();
  readonly env = dictionary<EnvValue>();
  readonly entries: Fingerprint[] = [];
  readonly services: Fingerprint[] = [];
  readonly missing: Diagnostic[] = [];
  /** Input → where the description holds its content, in words. */
  readonly names = new Map<Input, string>();
  readonly #graph: Graph;
  readonly #pins: Pins;

  constructor(graph: Graph, pins: Pins) {
    this.#graph = graph;
    this.#pins = pins;
  }

  addInput(task: Task, input: Input): void {
    switch (input.kind) {
      case "file":
      case "artifact":
        this.#addFile(task, input);
        return;
      case "files":
        this.#addSet(task, input);
        return;
      case "param":
        this.params[input.name] = this.#pins.param(input.name);
        return;
      case "env":
        this.env[`\${${input.name}}`] = this.#pins.env(input.name);
        return;
      case "tool":
        this.#addTool(task, input);
        return;
      case "object":
        this.#addObject(task, input);
        return;
      case "entry":
        this.entries.push(this.#pins.fingerprint(input.task));
        return;
      case "service":
        this.services.push(this.#pins.fingerprint(input.task));
        return;
      case "units":
        this.#addUnits(input);
        return;
      default:
        // The types require every kind here: a kind without a case would be missing from fingerprints.
        input satisfies never;
    }
  }

  addBinding(name: string, binding: EnvBinding): void {
    if (binding.kind === "literal") this.env[name] = { kind: "value", value: binding.value };
    else if (binding.kind === "param")
      this.env[name] = { kind: "value", value: String(this.#pins.param(binding.name)) };
    else if (this.#graph.envs.find((source) => source.name === binding.name)?.tracked !== false)
      this.env[name] = this.#pins.env(binding.name);
  }

  #addFile(task: Task, input: InputOf<"file" | "artifact">): void {
    const identity = this.#pins.identify(input.path);
    if (identity !== undefined) this.files[input.path] = identity;
    // An optional file that is not there is absent from the description.
    else if (input.kind !== "file" || input.optional !== true) this.missing.push(missingFile(task, input.path, input));
  }

  #addSet(task: Task, input: InputOf<"files">): void {
    const { set: index } = input;
    const set = this.#graph.sets[index] as FileSet;
    if (!set.allowEmpty && this.#pins.setPaths(index).length === 0) this.missing.push(emptySet(task, set));
    // What a task and its services both read is described once.
    else if (task.service === undefined || this.sets[set.label] !== this.#pins.setRoot(index))
      this.#enterSet(input, set.label, this.#pins.setRoot(index));
  }

  /** Two sets of one task may be written alike (and differ in what they exclude): each keeps a label of its own. */
  #enterSet(input: Input, label: string, root: Digest): void {
    let free = label;
    for (let n = 2; free in this.sets; n += 1) free = `${label} (${n})`;
    this.sets[free] = root;
    this.names.set(input, `set ${free}`);
  }

  #addTool(task: Task, input: InputOf<"tool">): void {
    const identity = this.#pins.tool(input.name, task.cwd);
    // A service may find another one by that name: that is in its fingerprint.
    if (identity !== undefined) this.tools[input.name] ??= identity;
    else this.missing.push(missingTool(task, input, this.#pins.unexecutableTool(input.name, task.cwd)));
  }

  #addObject(task: Task, input: InputOf<"object">): void {
    const identity = this.#pins.object(input.name);
    if (identity === undefined) this.missing.push(unpublished(task, input));
    else this.objects[input.name] = identity;
  }

  #addUnits(input: InputOf<"units">): void {
    const { items, group } = input;
    for (const item of items) if (item.path === undefined) this.entries.push(this.#pins.fingerprint(item.task));
    if (items.some((item) => item.path !== undefined)) this.#enterSet(input, group, this.#pins.unitsRoot(items));
  }
}

/**
 * Describes everything the result of a task depends on but found inputs. Fails when an input is not there.
 * @param command The rendered command, as `renderCommand` gives it.
 */
export function describe(graph: Graph, task: Task, command: readonly string[], pins: Pins): Result<Description> {
  const draft = new Draft(graph, pins);
  // Of a service not only its fingerprint, which holds its command and variables, but all that it reads: for lineage.
  for (const reader of readersFor(graph.tasks, task)) for (const input of reader.inputs) draft.addInput(reader, input);
  for (const [name, binding] of Object.entries(task.env)) draft.addBinding(name, binding);
  if (draft.missing.length > 0) return { ok: false, diagnostics: draft.missing };
  const { files, sets, objects, params, tools, env, entries, services } = draft;
  return {
    ok: true,
    value: {
      format: 1,
      platform: task.platform ?? pins.platform,
      ...defined({ runtimeEnv: task.runtimeEnv }),
      shell: shellOf(task, pins),
      command,
      ...defined({ stdio: stdioOf(task), function: functionOf(task, pins, draft.names) }),
      cwd: task.cwd,
      env,
      params,
      tools,
      files,
      ...(Object.keys(objects).length === 0 ? {} : { objects }),
      sets,
      entries: entries.sort(),
      ...(services.length === 0 ? {} : { services: [...new Set(services)].sort() }),
      outputs: task.outputs.map(describeOutput),
      depfiles: task.depfiles.map(({ path, relativeTo }) => (relativeTo === undefined ? path : { path, relativeTo })),
    },
  };
}

function shellOf({ action }: Task, pins: Pins): Description["shell"] {
  if (action.kind === "shell") return pins.shell;
  return action.kind === "function" && action.python !== undefined ? "python" : action.kind;
}

function describeOutput({ name, path, type, value }: Output): OutputDescription {
  return value === undefined ? { name, path, type } : { name, path: "", type, value };
}

function functionOf(
  { action, inputs, key }: Task,
  pins: Pins,
  names: ReadonlyMap<Input, string>,
): FunctionDescription | undefined {
  if (action.kind !== "function") return undefined;
  const contentOf = (index: number): string => {
    const input = inputs[index] as Input;
    const name = names.get(input) ?? nameOf(input);
    return input.kind === "units" ? `${name} by keys ${pins.unitKeys(input.items)}` : name;
  };
  const standsFor = (input: FunctionInput): string[] => [
    ...input.inputs.map(contentOf),
    ...(input.names === undefined ? [] : [`as ${JSON.stringify(input.names)}`]),
  ];
  const labelled = action.inputs.map((input) => [input.label, standsFor(input)] as const);
  const { digest: code, version } = action.code;
  return {
    code,
    ...defined({ version, parts: pins.codeRoot(action.code) }),
    ...(action.python === undefined ? { node: pins.node } : {}),
    ...(action.all === true ? defined({ key }) : {}),
    inputs: dictionary(labelled),
  };
}

/** Where a description holds the content of an input that has a name of its own. No task names: of those only the kind. */
function nameOf(input: Input): string {
  if (input.kind === "file" || input.kind === "artifact") return `file ${input.path}`;
  return "name" in input ? `${input.kind} ${input.name}` : input.kind;
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
    message: `task "${task.id}" reads the object "${input.name}", of which no version has been published yet`,
    location: input.location,
    help: [`publish it: inc put ${input.name} FILE`],
  };
}

function missingFile(task: Task, path: string, input: Input): Diagnostic {
  return {
    code: "INC4201",
    severity: "error",
    message: `task "${task.id}" reads "${path}", which does not exist`,
    location: input.location,
    help: ["create the file, or remove it from the task's inputs"],
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
      message: `task "${task.id}" needs the tool "${input.name}", but "${there}" is not executable`,
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
