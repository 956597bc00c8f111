import type {
  EachDeclaration,
  EnvDeclaration,
  FileDeclaration,
  FilesDeclaration,
  ObjectDeclaration,
  ParamDeclaration,
  Projection,
  Reference,
  TaskDeclaration,
} from "../manifest/declaration.ts";
import { defined } from "../model/defined.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type {
  EnvSource,
  FileSet,
  Input,
  ObjectSource,
  Output,
  ParamSource,
  ToolSource,
  UnitItem,
} from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { hasWildcard, literalPath } from "../model/pattern.ts";
import type { Concrete, Group } from "./concrete.ts";
import { isUnder, memberLength, noMember } from "./members.ts";
import type { Paths } from "./paths.ts";
import { readsOf } from "./reads.ts";
import type { Unit } from "./units/callback.ts";
import { derivation } from "./units/derived.ts";

/** Everything that references are resolved against, and the sources met on the way, each once. */
export class Resolver {
  readonly sets: FileSet[] = [];
  readonly params = new Map<string, ParamSource>();
  readonly envs = new Map<string, EnvSource>();
  readonly tools = new Map<string, ToolSource>();
  readonly objects = new Map<string, ObjectSource>();
  readonly errors: Diagnostic[] = [];
  /** Groups over what tasks make that were referred to, and those tasks: what refers to them depends on these. */
  readonly expandedFrom = new Map<string, string>();
  readonly paths: Paths;
  readonly #tasks: ReadonlyMap<TaskDeclaration, Concrete>;
  readonly #groups: ReadonlyMap<EachDeclaration, Group>;
  readonly #setIndex = new Map<string, number>();

  constructor(
    paths: Paths,
    tasks: ReadonlyMap<TaskDeclaration, Concrete>,
    groups: ReadonlyMap<EachDeclaration, Group>,
  ) {
    this.paths = paths;
    this.#tasks = tasks;
    this.#groups = groups;
  }

  /** The inputs that a reference of a task stands for; none when it is wrong, and `errors` then says why. */
  inputs(user: TaskDeclaration, reference: Reference): Input[] {
    switch (reference.kind) {
      case "file":
        if (reference.madeBy !== undefined) return this.#inside(user, reference, reference.madeBy);
        return [
          {
            kind: "file",
            path: this.paths.resolve(reference.path, "the file", reference),
            ...defined({ keep: reference.keep }),
            ...(reference.optional === true ? { optional: true } : {}),
            location: reference.location,
          },
        ];
      case "files":
        return [{ kind: "files", set: this.set(reference), location: reference.location }];
      case "param":
        this.addParam(reference);
        return [{ kind: "param", name: reference.name, location: reference.location }];
      case "env":
        this.addEnv(reference);
        return [{ kind: "env", name: reference.name, location: reference.location }];
      case "tool":
        this.tools.set(reference.name, { name: reference.name, location: reference.location });
        return [{ kind: "tool", name: reference.name, location: reference.location }];
      case "object":
        return [{ kind: "object", name: reference.name, location: reference.location }];
      case "task":
        return this.#task(user, reference, undefined);
      case "each":
        return this.#units(user, reference, []);
      case "projection":
        return reference.of.kind === "each"
          ? this.#units(user, reference.of, reference.path)
          : this.#task(user, reference.of, reference.path[1]);
    }
  }

  /** Names of the outputs that a reference stands for, where one file alone does not stand for them; undefined elsewhere. */
  outputNames(reference: Reference): readonly string[] | undefined {
    const outputs = this.#outputsOf(reference);
    const isOne = outputs?.length === 1 && outputs[0]?.value !== undefined;
    return outputs === undefined || isOne || outputs.every(({ name }) => name === "")
      ? undefined
      : outputs.map(({ name }) => name);
  }

  /** What a task makes, or each unit of a group. Undefined for one output of them, and for what is no task. */
  #outputsOf(reference: Reference): readonly Output[] | undefined {
    if (reference.kind === "task") return this.#tasks.get(reference)?.outputs;
    const each = reference.kind === "projection" ? reference.of : reference;
    const path = reference.kind === "projection" ? reference.path : [];
    if (each.kind !== "each" || path.includes("outputs")) return undefined;
    const member = path.join(".");
    const declaration = this.#groups
      .get(each)
      ?.units.find(({ tasks }) => tasks.has(member))
      ?.tasks.get(member);
    return declaration === undefined ? undefined : this.#tasks.get(declaration)?.outputs;
  }

  /** Ids of the tasks that a reference stands for. */
  tasks(user: TaskDeclaration, reference: TaskDeclaration | EachDeclaration | Projection): string[] {
    return [...readsOf({ inputs: this.inputs(user, reference), env: {} }).tasks];
  }

  set(declaration: FilesDeclaration): number {
    const set = fileSetOf(declaration, this.paths);
    const { location: _location, ...same } = set;
    const key = JSON.stringify(same);
    const known = this.#setIndex.get(key);
    if (known !== undefined) return known;
    this.#setIndex.set(key, this.sets.length);
    return this.sets.push(set) - 1;
  }

  addParam({ kind: _kind, ...source }: ParamDeclaration): void {
    this.#declare(this.params, source, "parameter");
  }

  addObject({ kind: _kind, merge: _merge, ...source }: ObjectDeclaration): void {
    this.#declare(this.objects, source, "object");
  }

  addEnv({ kind: _kind, ...source }: EnvDeclaration): void {
    this.#declare(this.envs, source, "variable");
  }

  /** Two declarations of one name have to agree. */
  #declare<T extends { readonly name: string; readonly location: Location }>(
    known: Map<string, T>,
    source: T,
    what: string,
  ): void {
    const other = known.get(source.name);
    if (other === undefined) known.set(source.name, source);
    else if (JSON.stringify({ ...other, location: 0 }) !== JSON.stringify({ ...source, location: 0 }))
      this.errors.push({
        code: "INC2507",
        severity: "error",
        message: `the ${what} "${source.name}" is declared twice, in different ways`,
        location: source.location,
        notes: [{ message: "the other declaration", location: other.location }],
        help: ["declare it once, and use that handle in both places"],
      });
  }

  #task(user: TaskDeclaration, of: TaskDeclaration, output: string | undefined): Input[] {
    const task = this.#tasks.get(of);
    if (task === undefined) {
      this.errors.push(unexported(user, of));
      return [];
    }
    const { location } = user;
    if (task.declaration.service !== undefined) return [{ kind: "service", task: task.id, location }];
    if (task.outputs.length === 0) return [{ kind: "entry", task: task.id, location }];
    return task.outputs.flatMap(({ name, path, type }, i) =>
      output === undefined || output === name
        ? [{ kind: "artifact" as const, task: task.id, output: i, path, type, location }]
        : [],
    );
  }

  /** A file in a directory that a task makes. */
  #inside(
    user: TaskDeclaration,
    file: FileDeclaration,
    { task, output }: NonNullable<FileDeclaration["madeBy"]>,
  ): Input[] {
    const path = this.paths.resolve(file.path, "the file", file);
    return this.#task(user, task, output).map((input) => ({ ...input, path, type: "file" }) as Input);
  }

  /** `path`: `[member]`, `["outputs", name]` or both, one after the other. */
  #units(user: TaskDeclaration, each: EachDeclaration, path: readonly string[]): Input[] {
    const group = this.#groups.get(each);
    if (group === undefined) {
      this.errors.push(unexported(user, each));
      return [];
    }
    const length = memberLength(group, path);
    const member = path.slice(0, length).join(".");
    const [word, name] = path.slice(length);
    this.#expandedFrom(each, member);
    if (length === undefined || (word !== undefined && (word !== "outputs" || name === undefined))) {
      this.errors.push(noMember(user, group, path));
      return [];
    }
    const services = group.units.flatMap((unit) => this.#service(unit, member));
    if (services.length > 0)
      return services.map((id): Input => ({ kind: "service", task: id, location: user.location }));
    const items = group.units.flatMap((unit) => this.#items(unit, member, name));
    if (items.length === 0 && group.units.some(({ tasks }) => tasks.has(member))) {
      this.errors.push(noMember(user, group, path));
      return [];
    }
    const label = [group.name, ...(member === "" ? [] : [member]), ...(name === undefined ? [] : [name])].join(".");
    return [{ kind: "units", group: label, items, location: user.location }];
  }

  /** Notes what decides which units there are, and which those have that they are derived from. */
  #expandedFrom(each: EachDeclaration, member: string): void {
    const sources = derivation(each).flatMap((from) => this.#groups.get(from) ?? []);
    for (const [i, { expansions }] of sources.entries())
      for (const { member: of, expansion } of expansions)
        if (i < sources.length - 1 || isUnder(member, of)) this.expandedFrom.set(expansion.group, expansion.task);
  }

  #service(unit: Unit, member: string): string[] {
    const declaration = unit.tasks.get(member);
    const task = declaration?.service === undefined ? undefined : this.#tasks.get(declaration);
    return task === undefined ? [] : [task.id];
  }

  #items(unit: Unit, member: string, name: string | undefined): UnitItem[] {
    const declaration = unit.tasks.get(member);
    const task = declaration === undefined ? undefined : this.#tasks.get(declaration);
    if (task === undefined) return [];
    if (task.outputs.length === 0 && name === undefined) return [{ key: unit.key, task: task.id }];
    return task.outputs.flatMap((output, i) =>
      name === undefined || output.name === name
        ? [{ key: unit.key, task: task.id, output: i, path: output.path, type: output.type }]
        : [],
    );
  }
}

/** A set with its patterns relative to the workspace. */
export function fileSetOf(declaration: FilesDeclaration, paths: Paths): FileSet {
  const { patterns, exclude, gitignore, follow, allowEmpty, keep, location } = declaration;
  return {
    patterns: patterns.map((pattern) => paths.pattern(pattern, declaration)),
    exclude: exclude.map((pattern) => paths.pattern(pattern, declaration)),
    gitignore,
    ...(follow ? { follow } : {}),
    allowEmpty,
    ...defined({ keep }),
    label: patterns.join(" "),
    location,
  };
}

/** Literal paths among the patterns of a set. */
export function literalsOf(set: FileSet): readonly string[] {
  return set.patterns.filter((pattern) => !hasWildcard(pattern)).map(literalPath);
}

function unexported(user: TaskDeclaration, of: TaskDeclaration | EachDeclaration): Diagnostic {
  return {
    code: "INC2508",
    severity: "error",
    message: `a task depends on ${of.kind === "each" ? "an each()" : "a task"} that no export reaches`,
    location: user.location,
    notes: [{ message: "it is declared here", location: of.location }],
    help: ["export it, so that it has a name: export const … = …"],
  };
}
