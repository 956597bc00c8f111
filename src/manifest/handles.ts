import { posix } from "node:path";
import { DiagnosticError } from "../model/diagnostic.ts";
import { type Keep, type ParamValue, VALUE_OUTPUT } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { dictionary } from "../model/own.ts";
import { callSite, type Origin, origin } from "./call-site.ts";
import type {
  CommandDeclaration,
  ConfigDeclaration,
  DepfileDeclaration,
  EnvDeclaration,
  FileDeclaration,
  FilesDeclaration,
  ListArgument,
  ObjectDeclaration,
  OutDeclaration,
  ParamDeclaration,
  Projection,
  RunFunction,
  TaskDeclaration,
  ToolDeclaration,
} from "./declaration.ts";
import { declareTask } from "./declare-task.ts";
import { declarationOf, Handle } from "./handle.ts";
import type { Jsonable } from "./jsonable.ts";
import { session } from "./session.ts";

/** One file. The parts of its path are text, for naming outputs after it. */
export class FileRef extends Handle<FileDeclaration> {
  /** As declared, relative to the manifest: `data/eu.csv`. */
  readonly path: string;
  /** `eu.csv` */
  readonly name: string;
  /** `eu` */
  readonly stem: string;
  /** `.csv` */
  readonly ext: string;
  /** `data`; `.` for a file beside the manifest. */
  readonly dir: string;

  constructor(declaration: FileDeclaration) {
    super(declaration);
    const { path } = declaration;
    const { base, name, ext, dir } = posix.parse(path);
    this.path = path;
    this.name = base;
    this.stem = name;
    this.ext = ext;
    this.dir = dir === "" ? "." : dir;
  }
}

/** A handle for one file of a set, as `each` gives it to its callback. */
export function makeFileRef(
  path: string,
  origin: Origin,
  more: { readonly keep?: Keep; readonly madeBy?: NonNullable<FileDeclaration["madeBy"]> } = {},
): FileRef {
  return new FileRef({ kind: "file", path, ...more, ...origin });
}

/** A set of files. */
export class FileSetRef extends Handle<FilesDeclaration> {
  declare private readonly isFileSet: true;
}

/** A parameter of the pipeline, given with `--param name=value`. */
export class ParamRef<T extends ParamValue> extends Handle<ParamDeclaration> {
  /** Its value while the manifest is evaluated. The graph then depends on it. */
  get value(): T {
    const declaration = declarationOf(this) as ParamDeclaration;
    const value = session().readParam(declaration);
    if (value === undefined)
      throw new DiagnosticError({
        code: "INC2011",
        severity: "error",
        message: `the parameter "${declaration.name}" is required`,
        location: declaration.location,
        help: [`set it: inc run --param ${declaration.name}=…`],
      });
    return value as T;
  }
}

/** An environment variable. */
export class EnvRef<Secret extends boolean = boolean> extends Handle<EnvDeclaration> {
  declare readonly isSecret: Secret;

  /** Its value while the manifest is evaluated. The graph then depends on it. */
  get value(): Secret extends true ? never : string | undefined {
    const declaration = declarationOf(this) as EnvDeclaration;
    if (declaration.secret) throw secretRead(declaration);
    return (session().readEnv(declaration.name) ?? declaration.default) as Secret extends true
      ? never
      : string | undefined;
  }
}

function secretRead({ name, location }: EnvDeclaration): DiagnosticError {
  return new DiagnosticError({
    code: "INC2018",
    severity: "error",
    message: `the manifest reads the value of the secret ${name}`,
    location: callSite(),
    notes: [{ message: "it is declared secret here", location }],
    help: [
      `values that a manifest reads are stored with its graph: pass the variable to a task instead, env: { ${name}: handle }`,
    ],
  });
}

/** A program that commands call. */
export class ToolRef extends Handle<ToolDeclaration> {
  declare private readonly isTool: true;
}

/** Something that is published from outside, with versions. */
export class ObjectRef extends Handle<ObjectDeclaration> {
  declare private readonly isObject: true;
}

/** What a command makes. `Name` is empty for an unnamed output. */
export class Out<Name extends string = string> extends Handle<OutDeclaration> {
  declare readonly outputName: Name;
}

/** Where a compiler lists what it read. */
export class Depfile extends Handle<DepfileDeclaration> {
  declare private readonly isDepfile: true;
}

/** The path of a file that lists a set. */
export class ListFile extends Handle<ListArgument> {
  declare private readonly isListFile: true;
}

/** One output of a task, or of all units of an `each`. */
export class OutputRef<Of extends "task" | "each" = "task"> extends Handle<Projection> {
  declare readonly of: Of;
}

/** How many outputs a task has: only one that has `one` can be interpolated in a command by itself. */
export type Shape = "none" | "one" | "many";

/** A task. `Names` are the names of its outputs, `V` is the type of its value; never: it has none. */
export class Task<Names extends string = string, S extends Shape = Shape, V = unknown> extends Handle<TaskDeclaration> {
  declare readonly shape: S;
  declare readonly valueType: V;
  /** Its named outputs. */
  readonly outputs: { readonly [Name in Exclude<Names, "">]: OutputRef };

  constructor(declaration: TaskDeclaration, names: readonly string[]) {
    super(declaration);
    const entries = names.map(
      (name) => [name, new OutputRef({ kind: "projection", of: declaration, path: ["outputs", name] })] as const,
    );
    this.outputs = Object.freeze(dictionary(entries)) as typeof this.outputs;
  }

  /**
   * A part of its value, as a value of its own: what reads the part stays fresh as long as that is the same. The function runs when
   * the value or its own code changes.
   * @example task(sh`badge ${totals.pick((v) => v.rows)} > ${out("rows.svg")}`)
   */
  pick<P>(
    this: Task<Names, S, V> & ([V] extends [never] ? never : unknown),
    pick: (value: V) => Jsonable<P> | Promise<Jsonable<P>>,
  ): Task<typeof VALUE_OUTPUT, "one", P> {
    const from = origin();
    const of = declarationOf(this) as TaskDeclaration;
    if (of.value === undefined || typeof pick !== "function") throw nothingToPick(of, from.location);
    return new Task(pickFrom(of, pick as RunFunction, from), [VALUE_OUTPUT]);
  }
}

/** A task of its own: so its result is stored, compared and explained as any other. */
function pickFrom(of: TaskDeclaration, pick: RunFunction, from: Origin): TaskDeclaration {
  return declareTask({
    action: { kind: "function", run: pick, picks: of, location: from.location },
    inputs: [{ label: VALUE_OUTPUT, reference: { kind: "projection", of, path: ["outputs", VALUE_OUTPUT] } }],
    value: "json",
    ...from,
  });
}

function nothingToPick({ location: declared }: TaskDeclaration, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2534",
    severity: "error",
    message: "pick() needs a task with a value, and a function that takes it",
    location,
    notes: [{ message: "the task is declared here", location: declared }],
    help: ['give the task a value: { value: "json" }, then pick a part of it: task.pick((v) => v.rows)'],
  });
}

/** A long-running process that tasks and other services need. */
export class Service extends Task<never, "none", never> {
  declare private readonly isService: true;
}

/** A command, before it is a task. */
export class Command<Names extends readonly string[] = readonly string[]> {
  declare readonly names: Names;
  readonly declaration: CommandDeclaration;

  constructor(declaration: CommandDeclaration) {
    this.declaration = declaration;
  }
}

/** The units of an `each` whose callback returns a task. */
export interface Units<Names extends string = string, S extends Shape = Shape, V = unknown> {
  readonly shape: S;
  readonly valueType: V;
  readonly units: true;
  readonly outputs: { readonly [Name in Exclude<Names, "">]: OutputRef<"each"> };
}

/** Units of an `each` that the callback of another one returned in a record: several for each unit of that. */
export interface Nested {
  readonly nested: true;
}

/**
 * What `each` gives: units, or a record of them when the callback returns a record of tasks. When it returns another `each`, the
 * units of that.
 */
export type Each<T> =
  T extends Task<infer Names, infer S, infer V>
    ? Units<Names, S, V>
    : T extends { readonly units: true }
      ? T
      : { readonly [K in keyof T]: T[K] extends { readonly units: true } ? T[K] & Nested : Each<T[K]> } & {
          readonly units: true;
        };

/** What `config` gives; only the default export may be one. */
export class Config extends Handle<ConfigDeclaration> {
  declare private readonly isConfig: true;
}
