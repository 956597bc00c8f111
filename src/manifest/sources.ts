import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Keep, ParamValue } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { compareBytes } from "../model/order.ts";
import { escapePattern } from "../model/pattern.ts";
import { callSite, origin } from "./call-site.ts";
import type { FilesDeclaration, ParamDeclaration } from "./declaration.ts";
import { Depfile, EnvRef, FileRef, FileSetRef, Out, ParamRef, ToolRef } from "./handles.ts";
import { session } from "./session.ts";

/** How a set of files is narrowed. */
export interface FilesOptions {
  /** Patterns of what to leave out. */
  readonly exclude?: string | readonly string[];
  /** Leave out what git ignores. Default: false. */
  readonly gitignore?: boolean;
  /** Let `**` lead through symlinks to directories, as every other step does. Default: false. */
  readonly follow?: boolean;
  /** A set that matches nothing is fine. Default: false, it is an error. */
  readonly allowEmpty?: boolean;
  /** Of which versions the bytes are retained: `"none"`, `"small"` (files up to 16 MiB) or `"all"`. Default: as `config` says. */
  readonly keep?: Keep;
}

/** How one source file is retained, and whether it has to be there. */
export interface FileOptions extends Pick<FilesOptions, "keep"> {
  /** It need not be there: that it comes or goes is a change like any other. Default: false, it is an error. */
  readonly optional?: boolean;
}

/**
 * One source file, relative to the manifest.
 * @example const schema = file("schema.json");
 */
export function file(path: string, { keep, optional }: FileOptions = {}): FileRef {
  return new FileRef({
    kind: "file",
    path,
    ...defined({ keep }),
    ...(optional === true ? { optional } : {}),
    ...origin(),
  });
}

/**
 * A set of source files by glob patterns (`*`, `**`, `?`, `[a-z]`, `{a,b}`), relative to the manifest. What tasks make is
 * never in it.
 * @example const raw = files("data/*.csv", { exclude: "data/draft-*" });
 */
export function files(patterns: string | readonly string[], options: FilesOptions = {}): FileSetRef {
  return new FileSetRef(declareFiles(patterns, options));
}

function declareFiles(patterns: string | readonly string[], options: FilesOptions): FilesDeclaration {
  return {
    kind: "files",
    patterns: typeof patterns === "string" ? [patterns] : patterns,
    exclude: typeof options.exclude === "string" ? [options.exclude] : (options.exclude ?? []),
    gitignore: options.gitignore ?? false,
    follow: options.follow ?? false,
    allowEmpty: options.allowEmpty ?? false,
    ...defined({ keep: options.keep }),
    ...origin(),
  };
}

/** For paths that stand in patterns. */
export const glob = {
  /**
   * The pattern that matches a path and nothing else, whatever it looks like.
   * @example files(`${glob.escape(dir)}/src/*.ts`)
   */
  escape: escapePattern,
} as const;

/**
 * Paths that a pattern matches now, relative to the manifest and sorted, for loops in the manifest; the graph is evaluated
 * again when they change. Files and directories; only directories when the pattern ends with a slash.
 * @example for (const dir of list("packages/*")) …
 */
export function list(
  patterns: string | readonly string[],
  options: Omit<FilesOptions, "allowEmpty"> = {},
): readonly string[] {
  const all = typeof patterns === "string" ? [patterns] : patterns;
  const paths = all.flatMap((pattern) => {
    const set = declareFiles(pattern.replace(/\/$/, ""), { ...options, allowEmpty: true });
    const directories = session().list(set, true);
    return pattern.endsWith("/") ? directories : [...session().list(set, false), ...directories];
  });
  return [...new Set(paths)].sort(compareBytes);
}

/** How a parameter is described. */
export interface ParamOptions<T> {
  /** The only values it may have. */
  readonly choices?: readonly T[];
  readonly description?: string;
}

interface AnyParamOptions extends ParamOptions<ParamValue> {
  readonly type?: ParamDeclaration["type"];
}

/**
 * A parameter, given with `--param name=value`. Without a default it is required; its type is then said by `type`.
 * @example const region = param("region", "eu", { choices: ["eu", "us"] });
 */
export function param<const T extends string>(
  name: string,
  initial: string,
  options: ParamOptions<T> & { readonly choices: readonly T[] },
): ParamRef<T>;
export function param(name: string, initial: string, options?: ParamOptions<string>): ParamRef<string>;
export function param(name: string, initial: number, options?: ParamOptions<number>): ParamRef<number>;
export function param(name: string, initial: boolean, options?: ParamOptions<boolean>): ParamRef<boolean>;
export function param(name: string, options: { readonly type: "number" } & ParamOptions<number>): ParamRef<number>;
export function param(name: string, options: { readonly type: "boolean" } & ParamOptions<boolean>): ParamRef<boolean>;
export function param(name: string, options?: { readonly type?: "string" } & ParamOptions<string>): ParamRef<string>;
export function param(
  name: string,
  initial?: ParamValue | AnyParamOptions,
  more: AnyParamOptions = {},
): ParamRef<never> {
  const required = initial === undefined || typeof initial === "object";
  const options = required ? (initial ?? {}) : more;
  const type = required ? (options.type ?? "string") : (typeof initial as ParamDeclaration["type"]);
  const location = callSite();
  for (const value of [...(required ? [] : [initial]), ...(options.choices ?? [])])
    if (typeof value === "number" && !isExact(value)) throw notExact(name, value, location);
  return new ParamRef({
    kind: "param",
    name,
    type,
    ...(required ? {} : { default: initial }),
    ...defined({ choices: options.choices, description: options.description }),
    location,
  });
}

/** False for NaN, the infinities, and whole numbers that may have been rounded from what was written. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21);
}

function notExact(name: string, value: number, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2031",
    severity: "error",
    message: `the parameter "${name}" is ${value}, which ${Number.isFinite(value) ? "may differ from the number that was written" : "is not finite"}`,
    location,
    help: [`use a finite number, or text: param(${JSON.stringify(name)}, "${value}")`],
  });
}

/** How a variable is passed on. */
export interface EnvOptions {
  /** Its value where it is not set. */
  readonly default?: string;
  /** False: passed on without being a part of any fingerprint. Default: true. */
  readonly tracked?: boolean;
  /** True: digested with a salt of the store's own, never stored or printed. Default: false. */
  readonly secret?: boolean;
}

/**
 * An environment variable. Tasks see only those that they declare.
 * @example task(sh`deploy`, { env: { TOKEN: env("TOKEN", { secret: true }) } })
 */
export function env(name: string, options: EnvOptions & { readonly secret: true }): EnvRef<true>;
export function env(name: string, options?: EnvOptions): EnvRef<false>;
export function env(name: string, options: EnvOptions = {}): EnvRef<boolean> {
  return new EnvRef({
    kind: "env",
    name,
    ...defined({ default: options.default }),
    tracked: options.tracked ?? true,
    secret: options.secret ?? false,
    location: callSite(),
  });
}

/**
 * A program: from node_modules/.bin, by its package's version; from PATH, by the digest of its file; or a path.
 * @example const python = tool("python3");
 */
export function tool(name: string): ToolRef {
  return new ToolRef({ kind: "tool", name, location: callSite() });
}

/**
 * What a command makes: a file, or a directory when the path ends with a slash. In a command it is the path.
 * @example sh`sort ${raw} > ${out("build/sorted.txt")}`
 */
export function out(path: string): Out<"">;
export function out<const Name extends string>(path: string, name: Name): Out<Name>;
export function out(path: string, name = ""): Out<string> {
  return new Out({ kind: "out", path, name, ...origin() });
}

/** How the names in a depfile are read. */
export interface DepfileOptions {
  /** The directory that they are relative to. Default: the one in which the command runs. */
  readonly relativeTo?: string;
}

/**
 * Where a compiler lists the files it read (Makefile syntax, `-MF`). They become inputs.
 * @example sh`cc -MD -MF ${depfile("build/a.d")} -c ${source} -o ${out("build/a.o")}`
 */
export function depfile(path: string, { relativeTo }: DepfileOptions = {}): Depfile {
  return new Depfile({
    kind: "depfile",
    path,
    ...defined({ relativeTo }),
    ...origin(),
  });
}
