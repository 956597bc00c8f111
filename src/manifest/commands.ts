import { DiagnosticError } from "../model/diagnostic.ts";
import { callSite } from "./call-site.ts";
import type { OutDeclaration, Reference, TemplatePart } from "./declaration.ts";
import { declarationOf } from "./handle.ts";
import {
  Command,
  type Depfile,
  type EnvRef,
  type FileRef,
  type FileSetRef,
  ListFile,
  type ObjectRef,
  type Out,
  type OutputRef,
  type ParamRef,
  type Task,
  type ToolRef,
  type Units,
} from "./handles.ts";

/** What gives a path, or paths, to a command. */
export type PathSource =
  | FileRef
  | FileSetRef
  | ObjectRef
  | OutputRef<"task" | "each">
  | Task<string, "one">
  | Units<string, "one">;

/** What may be interpolated in `sh`. A secret may not: it would be part of the command. A list is several words. */
export type Piece = Word | readonly Word[];

type Word =
  | string
  | number
  | PathSource
  | ParamRef<string>
  | ParamRef<number>
  | ParamRef<boolean>
  | EnvRef<false>
  | ToolRef
  | Out
  | Depfile
  | ListFile;

/** Names of the outputs among some pieces, in order. */
export type OutNames<Pieces extends readonly unknown[]> = Pieces extends readonly [infer First, ...infer Rest]
  ? First extends Out<infer Name>
    ? [Name, ...OutNames<Rest>]
    : First extends readonly (infer Item)[]
      ? [...OutsOf<Extract<Item, Out>>, ...OutNames<Rest>]
      : OutNames<Rest>
  : [];

/** How many outputs a list has is not known: it counts as more than one. */
type OutsOf<Listed> = [Listed] extends [never] ? [] : Listed extends Out<infer Name> ? [Name, Name] : [];

/**
 * A shell command. What it interpolates is what it depends on; `out()` is what it makes. Values are quoted.
 * Runs with `-e -o pipefail` in bash where there is one, else in `/bin/sh -e`.
 * @example task(sh`sort ${file("names.txt")} > ${out("build/names.txt")}`)
 */
function shell<const Pieces extends readonly Piece[]>(
  strings: TemplateStringsArray,
  ...pieces: Pieces
): Command<OutNames<Pieces>> {
  const location = callSite();
  const parts: TemplatePart[] = [];
  strings.raw.forEach((raw, i) => {
    // As typed, so that a backslash reaches the shell; only what JavaScript needs escaped is taken back.
    const text = raw.replace(/\\(`|\$\{)/g, "$1");
    if (text !== "") parts.push({ kind: "text", text });
    if (i < pieces.length) parts.push(toPart(pieces[i], location));
  });
  return new Command({ kind: "shell", parts, location });
}

/** The path of a file that lists a set, one path a line, for sets too long for a command line. */
function listOf(set: FileSetRef | Units): ListFile {
  return new ListFile({ kind: "list-argument", of: declarationOf(set) as Reference, location: callSite() });
}

export const sh: typeof shell & { readonly list: typeof listOf } = Object.assign(shell, { list: listOf });

/** Where the streams of a command without a shell go. */
export interface ExecOptions<Stdout extends Out | undefined, Stderr extends Out | undefined> {
  readonly stdin?: FileRef | ObjectRef | OutputRef | Task<string, "one">;
  readonly stdout?: Stdout;
  readonly stderr?: Stderr;
}

/**
 * A command without a shell: a program and its arguments, each as it is.
 * @example task(exec([tool("jq"), ".rows", file("a.json")], { stdout: out("build/rows.json") }))
 */
export function exec<
  const Arguments extends readonly Piece[],
  Stdout extends Out | undefined = undefined,
  Stderr extends Out | undefined = undefined,
>(argv: Arguments, options: ExecOptions<Stdout, Stderr> = {}): Command<OutNames<[...Arguments, Stdout, Stderr]>> {
  const location = callSite();
  const { stdin, stdout, stderr } = options;
  return new Command({
    kind: "exec",
    argv: argv.map((piece) => toPart(piece, location)),
    ...(stdin === undefined ? {} : { stdin: declarationOf(stdin) as Reference }),
    ...(stdout === undefined ? {} : { stdout: declarationOf(stdout) as OutDeclaration }),
    ...(stderr === undefined ? {} : { stderr: declarationOf(stderr) as OutDeclaration }),
    location,
  });
}

function toPart(piece: unknown, location: ReturnType<typeof callSite>): TemplatePart {
  if (typeof piece === "string" || typeof piece === "number") return { kind: "value", value: String(piece) };
  if (Array.isArray(piece)) return { kind: "parts", parts: piece.map((item: unknown) => toPart(item, location)) };
  const declaration = declarationOf(piece);
  if (declaration === undefined || declaration.kind === "config") throw notInterpolable(piece, location);
  if (declaration.kind === "env" && declaration.secret)
    throw new DiagnosticError({
      code: "INC2014",
      severity: "error",
      message: `the secret ${declaration.name} is interpolated into a command`,
      location,
      notes: [{ message: "commands are stored and shown" }],
      help: [`pass it in the environment: env: { ${declaration.name}: handle }`],
    });
  return declaration as TemplatePart;
}

function notInterpolable(piece: unknown, location: ReturnType<typeof callSite>): DiagnosticError {
  const what =
    piece === null || typeof piece !== "object"
      ? String(piece)
      : piece instanceof Command
        ? "a command that is no task yet"
        : "an object";
  return new DiagnosticError({
    code: "INC2015",
    severity: "error",
    message: `${what} cannot be interpolated into a command`,
    location,
    help: ["interpolate text, numbers, lists of them, sources, tasks, out() or depfile()"],
  });
}
