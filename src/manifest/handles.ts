import { posix } from "node:path";
import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Keep, ParamValue } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { dictionary } from "../model/own.ts";
import { callSite, type Origin } from "./call-site.ts";
import type {
  CommandDeclaration,
  ConfigDeclaration,
  Declaration,
  DepfileDeclaration,
  EachDeclaration,
  EnvDeclaration,
  FileDeclaration,
  FilesDeclaration,
  ListArgument,
  ObjectDeclaration,
  OutDeclaration,
  ParamDeclaration,
  Projection,
  TaskDeclaration,
} from "./declaration.ts";
import { session } from "./session.ts";

/** The key of a handle's declaration. Registered, so that two copies of inc in one process know each other's handles. */
const DECLARATION = Symbol.for("inc.declaration");

/** What a handle declares; undefined for anything that is no handle. */
export function declarationOf(value: unknown): Declaration | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  return (value as { [DECLARATION]?: Declaration })[DECLARATION];
}

/** Represents something declared in a manifest. It is no string: `\`${handle}\`` outside of `sh` is a mistake. */
export abstract class Handle<D extends Declaration> {
  readonly [DECLARATION]: D;

  constructor(declaration: D) {
    this[DECLARATION] = declaration;
  }

  [Symbol.toPrimitive](): never {
    return notText(this[DECLARATION]);
  }
}

function notText(declaration: Declaration): never {
  throw new DiagnosticError({
    code: "INC2010",
    severity: "error",
    message: `${nameOf(declaration)} is used as text`,
    location: callSite(),
    notes: "location" in declaration ? [{ message: "it was declared here", location: declaration.location }] : [],
    help: helpFor(declaration),
  });
}

function nameOf(declaration: Declaration): string {
  if (declaration.kind === "projection") return "a reference to an output";
  if (declaration.kind === "each") return "an each()";
  if (declaration.kind === "task" && declaration.service !== undefined) return "a service";
  return declaration.kind === "env" ? "an environment variable" : `a ${declaration.kind}`;
}

function helpFor(declaration: Declaration): string[] {
  if (declaration.kind === "task" && declaration.service !== undefined) return ["give it as an input: inputs: [it]"];
  if (declaration.kind === "file") return ["take a part of it: .path, .name, .stem, .ext or .dir"];
  if (declaration.kind === "param" || declaration.kind === "env")
    return ["use .value: the graph then depends on it, and is evaluated again when it changes"];
  return ["interpolate it in sh`…`, or give it as an input: inputs: [it]"];
}

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
export function makeFileRef(path: string, origin: Origin, keep: Keep | undefined): FileRef {
  return new FileRef({ kind: "file", path, ...defined({ keep }), ...origin });
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
        help: [`give it: inc run --param ${declaration.name}=…`],
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
    message: `the value of the secret ${name} is read by the manifest`,
    location: callSite(),
    notes: [{ message: "it is declared to be secret here", location }],
    help: [`what a manifest reads is kept with its graph: pass it to a task instead, env: { ${name}: it }`],
  });
}

/** A program that commands call. */
export class ToolRef extends Handle<{ readonly kind: "tool"; readonly name: string; readonly location: Location }> {
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
export class OutputRef extends Handle<Projection> {
  declare private readonly isOutput: true;
}

/** How many outputs a task has: only one that has `one` can be interpolated in a command by itself. */
export type Shape = "none" | "one" | "many";

/** A task. `Names` are the names of its outputs. */
export class Task<Names extends string = string, S extends Shape = Shape> extends Handle<TaskDeclaration> {
  declare readonly shape: S;
  /** Its named outputs. */
  readonly outputs: { readonly [Name in Exclude<Names, "">]: OutputRef };

  constructor(declaration: TaskDeclaration, names: readonly string[]) {
    super(declaration);
    const entries = names.map(
      (name) => [name, new OutputRef({ kind: "projection", of: declaration, path: ["outputs", name] })] as const,
    );
    this.outputs = Object.freeze(dictionary(entries)) as typeof this.outputs;
  }
}

/** A long-running process that tasks and other services need. */
export class Service extends Task<never, "none"> {
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
export interface Units<Names extends string = string, S extends Shape = Shape> {
  readonly shape: S;
  readonly units: true;
  readonly outputs: { readonly [Name in Exclude<Names, "">]: OutputRef };
}

/** What `each` gives: units, or a record of them when the callback returns a record of tasks. */
export type Each<T> =
  T extends Task<infer Names, infer S>
    ? Units<Names, S>
    : { readonly [K in keyof T]: Each<T[K]> } & { readonly units: true };

/**
 * What a callback returns is not known before the graph is built, so every member is taken for a reference; a wrong one is
 * a diagnostic then.
 */
export function makeEach<T>(declaration: EachDeclaration): Each<T> {
  return reference(declaration, declaration, []) as Each<T>;
}

function reference(of: EachDeclaration, declaration: Declaration, path: readonly string[]): object {
  return new Proxy(Object.create(null) as object, {
    get(_target, name) {
      if (name === DECLARATION) return declaration;
      if (name === Symbol.toPrimitive) return () => notText(declaration);
      // Looked for by await and by JSON.stringify.
      if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
      const next = [...path, name];
      return reference(of, { kind: "projection", of, path: next }, next);
    },
    has: (_target, name) => name === DECLARATION,
  });
}

/** What `config` gives; only the default export may be one. */
export class Config extends Handle<ConfigDeclaration> {
  declare private readonly isConfig: true;
}
