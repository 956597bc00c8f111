import { parseName, pathName } from "../../src/model/object-name.ts";
import { FUNCTION_KINDS, type FunctionKind } from "./functions.ts";
import { linesOf, shortened, withoutComments } from "./lines.ts";
import type { CodeState } from "./modules.ts";
import { codeKey, marked, type Route } from "./routes.ts";

/**
 * The oracle: a second, plain implementation of what a pipeline of the random walk computes.
 * Every task reads some paths, transforms their text, and writes one output; its memo key is its recipe and what it read.
 */
export interface ModelTask {
  readonly name: string;
  readonly kind:
    | FunctionKind
    | "join"
    | "strip"
    | "directory"
    | "tree"
    | "glob"
    | "wide"
    | "check"
    | "lint"
    | "units"
    | "value"
    | "fan"
    | "nest"
    | "pick";
  /** Paths of sources, or names of earlier tasks. */
  readonly reads: readonly string[];
  /** Part of the recipe: changing it changes the command. */
  readonly salt: string;
  /** Of a function: how its code gets at the helpers. */
  readonly route?: Route;
  /** Of a function: a file that it reads without having declared it, which need not be there. */
  readonly peeks?: string;
}

export interface ModelState {
  readonly tasks: readonly ModelTask[];
  readonly files: ReadonlyMap<string, string>;
  readonly code: CodeState;
}

export interface Expected {
  /** Every file that a clean build leaves, by path. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Memo key by the id of the task or unit. */
  readonly keys: ReadonlyMap<string, string>;
  /** For each output, the text by name of every source and object that its task reads directly. */
  readonly origins: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The same, including sources and objects that other tasks read upstream. */
  readonly sources: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Text of every source and object that any task reads, by name. */
  readonly used: Readonly<Record<string, string>>;
}

const GLOB = /^g\/[^/]*\.txt$/;
/** A pattern whose root is the workspace, so that inc lists every output as well. */
const WIDE = /^(src|g)\/.*\.txt$/;
const UNIT = /^e\/([^/]*\.txt)$/;

/** Path of a task's output as the manifest names it. */
export function outputOf(task: ModelTask): string {
  if (isValue(task)) return `.inc/values/${task.name}.json`;
  return isDirectory(task) ? `build/${task.name}/` : `build/${task.name}.out`;
}

/** True for a task that makes a value: a list of lines. */
export function isValue({ kind }: ModelTask): boolean {
  return kind === "value" || kind === "made";
}

function isDirectory({ kind }: ModelTask): boolean {
  return kind === "directory" || kind === "tree";
}

/** The content of a tree: a directory for each line that its task reads, so that it grows, shrinks and may be empty. */
function branchesOf(task: ModelTask, text: string): readonly (readonly [path: string, text: string])[] {
  const lines = new Set(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map(shortened),
  );
  return [...lines]
    .map((line) => [`build/${task.name}/${line}/in/f.txt`, `${line}-${task.salt}\n`] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The result of a clean build of this state. */
export function expectedOf(state: ModelState): Expected {
  const build = new CleanBuild(state);
  for (const task of state.tasks)
    if (task.kind === "units" || isCalls(task)) build.units(task);
    else if (task.kind === "fan") build.fan(task);
    else if (task.kind === "nest") build.nest(task);
    else build.task(task);
  return build.expected();
}

type Texts = Readonly<Record<string, string>>;

class CleanBuild {
  readonly #state: ModelState;
  readonly #outputs = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  readonly #origins = new Map<string, Texts>();
  readonly #sources = new Map<string, Texts>();
  /** Name of a task → the text that its readers see. */
  readonly #results = new Map<string, string>();
  /** Name of a task → all that it and the tasks upstream read. */
  readonly #reached = new Map<string, Texts>();
  /** Name of a task → the member paths of its directory or set, on which a reader depends beyond the text that it sees. */
  readonly #members = new Map<string, string>();

  constructor(state: ModelState) {
    this.#state = state;
  }

  expected(): Expected {
    const used = Object.assign({}, ...this.#reached.values()) as Record<string, string>;
    return { outputs: this.#outputs, keys: this.#keys, origins: this.#origins, sources: this.#sources, used };
  }

  units(task: ModelTask): void {
    const names: [string, string][] = [];
    for (const path of this.#matching(UNIT)) {
      const key = (UNIT.exec(path) as RegExpExecArray)[1] as string;
      const plain = `${task.salt}\n${this.#state.files.get(path)}`;
      const text = isCalls(task) ? marked(task.route ?? "direct", this.#state.code, plain) : plain;
      const output = `build/${task.name}/${key}`;
      const origin = { [path]: this.#state.files.get(path) ?? "" };
      this.#outputs.set(output, text);
      this.#origins.set(output, origin);
      this.#sources.set(output, origin);
      this.#reached.set(task.name, { ...this.#reached.get(task.name), ...origin });
      this.#keys.set(
        `${task.name}[${key}]`,
        JSON.stringify([task.kind, task.name, task.salt, path, plain, this.#codeKey(task)]),
      );
      names.push([key, text]);
    }
    this.#results.set(task.name, names.map(([, text]) => text).join(""));
    this.#members.set(task.name, JSON.stringify(names));
  }

  /** A unit for each line of a value: it reads nothing, and its element is that line. */
  fan(task: ModelTask): void {
    const above = this.#reached.get(task.reads[0] as string) ?? {};
    const lines = JSON.parse(this.#results.get(task.reads[0] as string) as string) as readonly string[];
    const names = lines.map((line): [string, string] => [line, `${task.salt}\n${line}\n`]);
    for (const [line, text] of names) {
      const output = `build/${task.name}/${line}`;
      this.#outputs.set(output, text);
      this.#origins.set(output, {});
      this.#sources.set(output, above);
      this.#reached.set(task.name, above);
      this.#keys.set(`${task.name}[${line}]`, JSON.stringify(["fan", task.name, task.salt, line]));
    }
    this.#results.set(task.name, names.map(([, text]) => text).join(""));
    this.#members.set(task.name, JSON.stringify(names));
  }

  /** For each file a value of its lines, a unit for each of those, and a task that reads these units. */
  nest({ name, salt }: ModelTask): void {
    const sums: [string, string][] = [];
    for (const path of this.#matching(UNIT)) {
      const key = (UNIT.exec(path) as RegExpExecArray)[1] as string;
      const content = this.#state.files.get(path) ?? "";
      const origin = { [path]: content };
      const lines = linesOf(content);
      const made = (id: string, memo: unknown, [output, text]: [string, string], read: Texts = {}): void => {
        this.#outputs.set(output, text);
        this.#origins.set(pathName(output), read);
        this.#sources.set(pathName(output), lines.length > 0 ? origin : read);
        this.#keys.set(`${name}[${id}`, JSON.stringify(["nest", name, id, memo]));
      };
      const value = parseName(`value:${name}[${key}].lines`).id;
      made(`${key}].lines`, content, [value, JSON.stringify(lines)], origin);
      this.#reached.set(`${name}[${key}].lines`, origin);
      const texts = lines.map((line) => `${salt}\n${line}\n`);
      for (const [i, line] of lines.entries())
        made(`${key}/${line}].units`, salt, [`build/${name}/${key}/${line}`, texts[i] as string]);
      if (lines.length > 0) this.#reached.set(name, { ...this.#reached.get(name), ...origin });
      const sum = `${salt}\n${texts.join("")}`;
      made(`${key}].sum`, [salt, lines], [`build/${name}/${key}.sum`, sum]);
      sums.push([key, sum]);
    }
    this.#results.set(name, sums.map(([, text]) => text).join(""));
    this.#members.set(name, JSON.stringify(sums));
  }

  task(task: ModelTask): void {
    const seen = (text: string): string => (task.kind === "pick" ? countOf(text) : text);
    const inputs = this.#inputsOf(task).map((name) => [name, seen(this.#textOf(name))] as const);
    if (task.kind === "pick") this.#outputs.set(parseName(`value:${pickedBy(task)}`).id, inputs[0]?.[1] ?? "");
    const members = task.reads.map((name) => this.#members.get(name));
    this.#keys.set(task.name, JSON.stringify([task.name, task.kind, task.salt, inputs, members, this.#codeKey(task)]));
    const read = Object.fromEntries(inputs.filter(([name]) => this.#state.files.has(name)));
    const above = inputs.map(([name]) => this.#reached.get(name) ?? {});
    const all = Object.assign({}, ...above, read) as Texts;
    this.#reached.set(task.name, all);
    if (!isCheck(task)) {
      const name = pathName(outputOf(task).replace(/\/$/, ""));
      this.#origins.set(name, read);
      this.#sources.set(name, all);
    }
    const told = (name: string): string => (task.kind === "gather" ? `${name}:` : "");
    this.#make(task, inputs.map(([name, content]) => told(name) + content).join(""));
  }

  /** What the code of a function counts by. Undefined: it is no function, or its version counts. */
  #codeKey(task: ModelTask): unknown {
    const { route = "direct" } = task;
    if (!isFunction(task) || task.kind === "versioned") return undefined;
    const key = codeKey(route, this.#state.code);
    // Each of them passes on the helper in a call, which could change it.
    return route === "captured" ? [key, this.#state.tasks.filter((task) => task.route === "captured")] : key;
  }

  /** @param text What the task reads. */
  #make(task: ModelTask, text: string): void {
    if (isCheck(task)) this.#results.set(task.name, "");
    else if (task.kind === "tree") {
      const branches = branchesOf(task, text);
      for (const [path, content] of branches) this.#outputs.set(path, content);
      this.#results.set(task.name, branches.map(([, content]) => content).join(""));
    } else if (task.kind === "directory") {
      this.#outputs.set(`build/${task.name}/a.txt`, text);
      this.#outputs.set(`build/${task.name}/sub/b.txt`, `${task.salt}\n`);
      this.#results.set(task.name, `${text}${task.salt}\n`);
    } else {
      const result = resultOf(task, text, this.#state.code);
      this.#outputs.set(outputOf(task), result);
      this.#results.set(task.name, result);
    }
  }

  #inputsOf({ kind, reads, peeks }: ModelTask): readonly string[] {
    if (kind === "glob" || kind === "gather") return this.#matching(GLOB);
    return kind === "wide" || kind === "lint" ? this.#matching(WIDE) : peeks === undefined ? reads : [...reads, peeks];
  }

  #textOf(name: string): string {
    const isTask = this.#state.tasks.some((task) => task.name === name);
    // A path that is not there is one that a function peeks at.
    return isTask ? (this.#results.get(name) ?? "") : (this.#state.files.get(name) ?? "none\n");
  }

  #matching(pattern: RegExp): string[] {
    return [...this.#state.files.keys()].filter((path) => pattern.test(path)).sort();
  }
}

function countOf(lines: string): string {
  return `${(JSON.parse(lines) as string[]).length}`;
}

/** True for a task whose action is a function. */
export function isFunction({ kind }: ModelTask): boolean {
  return (FUNCTION_KINDS as readonly string[]).includes(kind);
}

/** How many lines a value has. A task may be the only one with that function. */
export function pickedBy({ name, reads }: ModelTask): string {
  return `${reads[0]}.pick((${name}) => ${name}.length)`;
}

function resultOf(task: ModelTask, text: string, code: CodeState): string {
  const { kind, salt, route = "direct" } = task;
  if (kind === "value") return JSON.stringify(linesOf(text));
  if (isFunction(task) && kind !== "versioned") {
    const result = marked(route, code, `${salt}\n${text}`);
    return kind === "made" ? JSON.stringify(linesOf(result)) : result;
  }
  return kind === "strip" ? withoutComments(text) : `${salt}\n${text}`;
}

/** True for units that functions make. */
function isCalls({ kind }: ModelTask): boolean {
  return kind === "calls" || kind === "batch";
}

/** True for a task without outputs. */
export function isCheck({ kind }: ModelTask): boolean {
  return kind === "check" || kind === "lint";
}
