import { isDeepStrictEqual } from "node:util";
import { declaredOuts } from "../manifest/command-parts.ts";
import type {
  CommandDeclaration,
  DepfileDeclaration,
  FunctionDeclaration,
  ListArgument,
  Reference,
  TaskDeclaration,
  TemplatePart,
} from "../manifest/declaration.ts";
import { defined } from "../model/defined.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Depfile, Input } from "../model/graph.ts";
import type { Action, FunctionCode, FunctionInput, Part } from "../model/task/action.ts";
import type { Concrete } from "./concrete.ts";
import { type PythonCodeOf, type PythonPlace, resolvePython } from "./python.ts";
import type { Resolver } from "./resolve.ts";
import { isPlainWord, quoteWord, ShellText } from "./shell-text.ts";

/** A task's action with its references as indexes, and the inputs and depfiles that it names. */
export interface ResolvedAction {
  readonly action: Action;
  readonly inputs: readonly Input[];
  readonly depfiles: readonly Depfile[];
}

/** Finds the code of functions. */
export interface CodeOf {
  /** What a function reaches, by the task that it belongs to. */
  readonly function: (task: TaskDeclaration, declared: FunctionDeclaration) => FunctionCode;
  readonly python: PythonCodeOf;
  /** All Python functions that will be asked for: one process of their interpreter finds out about all of them. */
  readonly preparePython: (places: readonly PythonPlace[]) => void;
}

/** Resolves a task's action, then the inputs of its options. @param codeOf The code of a function. */
export function resolveAction(task: Concrete, resolver: Resolver, codeOf: CodeOf): ResolvedAction {
  const builder = new ActionBuilder(task, resolver);
  const { action: declared, inputs } = task.declaration;
  if (declared.kind === "function" || declared.kind === "python") {
    const labelled = inputs.map(({ label = "", reference }): FunctionInput => {
      const names = resolver.outputNames(reference);
      return { label, inputs: builder.add(reference), ...defined({ names }) };
    });
    const action: Action =
      declared.kind === "python"
        ? resolvePython(task, declared, labelled, { builder, resolver, codeOf: codeOf.python })
        : {
            kind: "function",
            inputs: labelled,
            code: codeOf.function(task.declaration, declared),
            ...defined({ all: declared.all }),
          };
    return { action, inputs: builder.inputs, depfiles: [] };
  }
  const action = resolveCommand(declared, builder);
  for (const { reference } of inputs) builder.add(reference);
  return { action, inputs: builder.inputs, depfiles: builder.depfiles };
}

function resolveCommand(command: CommandDeclaration, builder: ActionBuilder): Action {
  if (command.kind === "shell") return { kind: "shell", parts: builder.shell(command.parts) };
  return {
    kind: "exec",
    argv: command.argv.flatMap((part) => builder.argument(part)),
    ...(command.stdin === undefined ? {} : { stdin: builder.single(command.stdin) }),
    ...(command.stdout === undefined ? {} : { stdout: builder.output(command.stdout.path) }),
    ...(command.stderr === undefined ? {} : { stderr: builder.output(command.stderr.path) }),
  };
}

class ActionBuilder {
  readonly inputs: Input[] = [];
  readonly depfiles: Depfile[] = [];
  readonly #task: Concrete;
  readonly #resolver: Resolver;
  readonly #known = new Map<string, number>();

  constructor(task: Concrete, resolver: Resolver) {
    this.#task = task;
    this.#resolver = resolver;
  }

  shell(parts: readonly TemplatePart[]): Part[] {
    const text = new ShellText();
    return parts.flatMap((part, i): Part[] => {
      if (part.kind === "text") {
        text.push(part.text);
        return [part.text];
      }
      const rendered = this.#inShell(part);
      const following = parts[i + 1];
      const next = following === undefined ? "" : following.kind === "text" ? (following.text[0] ?? "") : "x";
      this.#checkPlace(part, rendered, text, next);
      text.interpolated();
      return rendered;
    });
  }

  /** The pieces of one argument of `exec`; several arguments for a list of values. */
  argument(part: TemplatePart): Part[][] {
    if (part.kind === "text") return [[part.text]];
    if (part.kind === "value") return [[part.value]];
    if (part.kind === "parts") return part.parts.flatMap((item) => this.argument(item));
    return [this.#reference(part)];
  }

  single(reference: Reference): number {
    return this.add(reference)[0] ?? 0;
  }

  /** A task's outputs stand in the order in which its declaration names them. */
  output(written: string): number {
    return declaredOuts(this.#task.declaration).findIndex(({ path }) => path === written);
  }

  /** Indexes of what a reference stands for. */
  add(reference: Reference): number[] {
    return this.#resolver.inputs(this.#task.declaration, reference).map((input) => {
      const key = JSON.stringify({ ...input, location: 0 });
      const known = this.#known.get(key);
      if (known !== undefined) return known;
      this.#known.set(key, this.inputs.length);
      return this.inputs.push(input) - 1;
    });
  }

  #inShell(part: Exclude<TemplatePart, { kind: "text" }>): Part[] {
    if (part.kind === "value") return [quoteWord(part.value)];
    if (part.kind === "parts")
      return part.parts.flatMap((item, i) => [
        ...(i === 0 ? [] : [" "]),
        ...(item.kind === "text" ? [] : this.#inShell(item)),
      ]);
    return this.#reference(part);
  }

  #reference(part: Exclude<TemplatePart, { kind: "text" | "value" | "parts" }>): Part[] {
    if (part.kind === "out") return [{ output: this.output(part.path) }];
    if (part.kind === "depfile") return [{ depfile: this.#depfile(part) }];
    if (part.kind === "list-argument") return this.#listFile(part);
    const indexes = this.add(part);
    if (indexes.some((index) => this.inputs[index]?.kind === "service")) {
      this.#resolver.errors.push(serviceInCommand(this.#task.declaration));
      return [];
    }
    if (part.kind === "task" && (indexes.length > 1 || this.inputs[indexes[0] ?? -1]?.kind === "entry")) {
      this.#resolver.errors.push(notOnePath(this.#task.declaration, part));
      return [];
    }
    return indexes.map((input) => ({ input }));
  }

  #depfile(declaration: DepfileDeclaration): number {
    const { path, relativeTo } = declaration;
    const { paths } = this.#resolver;
    const depfile: Depfile = {
      path: paths.resolve(path, "the depfile", declaration),
      ...(relativeTo === undefined ? {} : { relativeTo: paths.resolve(relativeTo, "the directory", declaration) }),
    };
    const known = this.depfiles.findIndex((other) => isDeepStrictEqual(other, depfile));
    return known >= 0 ? known : this.depfiles.push(depfile) - 1;
  }

  #listFile(part: ListArgument): Part[] {
    return this.add(part.of).map((list) => ({ list }));
  }

  #checkPlace(part: TemplatePart, rendered: readonly Part[], text: ShellText, next: string): void {
    const { location } = this.#task.declaration.action;
    const plain = part.kind === "value" && isPlainWord(part.value);
    if (text.quoting !== "none") {
      if (!plain) this.#resolver.errors.push(inQuotes(text.quoting, location));
      return;
    }
    const several =
      part.kind === "parts" ||
      rendered.some((piece) => typeof piece === "object" && "input" in piece && isSet(this.inputs[piece.input]));
    const joined = next !== "" && !/[\s)|;&<>`]/.test(next);
    if (several && (text.glued || joined)) this.#resolver.errors.push(gluedSet(part, location));
  }
}

/** True for an input that stands for any number of words in a command. */
function isSet(input: Input | undefined): boolean {
  switch (input?.kind) {
    case "files":
    case "units":
      return true;
    case undefined:
    case "file":
    case "param":
    case "env":
    case "tool":
    case "object":
    case "artifact":
    case "entry":
    case "service":
      return false;
    default:
      return input satisfies never;
  }
}

function inQuotes(quoting: string, location: Diagnostic["location"]): Diagnostic {
  return {
    code: "INC2510",
    severity: "error",
    message: `an interpolation stands inside ${quoting} quotes`,
    ...defined({ location }),
    notes: [{ message: "inc quotes interpolated values itself; inside quotes they would be quoted twice" }],
    help: ["remove the quotes: sh`cmd ${it}`"],
  };
}

function gluedSet(part: TemplatePart, location: Diagnostic["location"]): Diagnostic {
  const what =
    part.kind === "parts" ? "a list" : `the set${part.kind === "files" ? ` ${part.patterns.join(" ")}` : ""}`;
  return {
    code: "INC2511",
    severity: "error",
    message: `${what} is joined to other text, but it expands to several words`,
    ...defined({ location }),
    help: [
      part.kind === "parts"
        ? "put spaces around it, or add the text to each item: ${list.map((item) => `--in=${item}`)}"
        : "put spaces around it, or pass a file that lists its members: --in=${sh.list(set)}",
    ],
  };
}

function serviceInCommand({ location }: TaskDeclaration): Diagnostic {
  return {
    code: "INC2512",
    severity: "error",
    message: "a service is interpolated in a command, but it has no output and so no path",
    location,
    help: ["name it as an input: inputs: [service]; the command has to know where it listens"],
  };
}

function notOnePath(user: TaskDeclaration, used: TaskDeclaration): Diagnostic {
  return {
    code: "INC2512",
    severity: "error",
    message: "a task that does not have exactly one output is interpolated in a command",
    location: user.location,
    notes: [{ message: "the task is declared here", location: used.location }],
    help: ["interpolate one output by name: task.outputs.name; make a task without outputs an input: inputs: [task]"],
  };
}
