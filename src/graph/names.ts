import type {
  ConfigDeclaration,
  EachDeclaration,
  Evaluation,
  FunctionDeclaration,
  TaskDeclaration,
} from "../manifest/declaration.ts";
import { declarationOf } from "../manifest/handle.ts";
import { Command } from "../manifest/handles.ts";
import { exportOf } from "../manifest/load/error-place.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { compareBytes } from "../model/order.ts";

export type Named = TaskDeclaration | EachDeclaration;

export interface Names {
  /** The shortest name of each, and the others. */
  readonly names: ReadonlyMap<Named, { readonly name: string; readonly aliases: readonly string[] }>;
  readonly config: ConfigDeclaration | undefined;
  readonly errors: readonly Diagnostic[];
}

/**
 * Names what the exports reach: an export's own name, dotted where records, arrays and namespaces lead on. The shortest
 * name wins, then the first by bytes. Functions and plain values are ignored; a probable mistake for a task is an error.
 */
export function nameExports(evaluation: Evaluation): Names {
  const found = new Map<Named, string[]>();
  const errors: Diagnostic[] = [];
  let config: ConfigDeclaration | undefined;
  const seen = new Set<object>();
  const visit = (name: string, value: unknown): void => {
    const declaration = declarationOf(value);
    if (declaration?.kind === "task" || declaration?.kind === "each")
      found.set(declaration, [...(found.get(declaration) ?? []), name]);
    const mistake = declaration === undefined || declaration.kind === "config" ? mistakeOf(value) : undefined;
    if (mistake !== undefined) errors.push(noTask(name, mistake, evaluation.manifest));
    if (
      declaration !== undefined ||
      typeof value !== "object" ||
      value === null ||
      seen.has(value) ||
      !isContainer(value)
    )
      return;
    seen.add(value);
    // Another manifest's settings are its own.
    for (const key of Object.keys(value).sort(compareBytes))
      if (key !== "default" || declarationOf((value as Record<string, unknown>)[key])?.kind !== "config")
        visit(`${name}.${key}`, (value as Record<string, unknown>)[key]);
  };
  for (const name of Object.keys(evaluation.exports).sort(compareBytes)) {
    const value = evaluation.exports[name];
    const declaration = declarationOf(value);
    if (name !== "default") visit(name, value);
    else if (declaration?.kind === "config") config = declaration;
    else if (value !== undefined) errors.push(notConfig(value, evaluation.manifest));
  }
  nameOwn(evaluation, found);
  if (evaluation.made.length + evaluation.objects.length + errors.length === 0) errors.push(nothing(evaluation));
  const names = new Map([...found].map(([declaration, all]) => [declaration, shortestFirst(all)]));
  return { names, config, errors };
}

/** How much of the text of a function is in a name. */
const PICK_TEXT = 40;

/** Names the tasks that inc makes: parts of values, and records of files. */
function nameOwn({ made }: Evaluation, found: Map<Named, string[]>): void {
  const taken = new Map<string, number>();
  for (const declaration of made) {
    if (declaration.kind !== "task" || declaration.action.kind !== "function" || found.has(declaration)) continue;
    const name = ownName(declaration.action, found);
    if (name === undefined) continue;
    const n = (taken.get(name) ?? 0) + 1;
    taken.set(name, n);
    found.set(declaration, [n === 1 ? name : `${name}#${n}`]);
  }
}

/** After what is read and how: `totals.pick(v => v.rows)`, `records(data/eu.csv, id)`. Undefined: what it reads has no name. */
function ownName(
  { picks, records, run }: FunctionDeclaration,
  found: ReadonlyMap<Named, string[]>,
): string | undefined {
  const nameOf = (task: TaskDeclaration): string | undefined => {
    const names = found.get(task);
    return names === undefined ? undefined : shortestFirst(names).name;
  };
  if (records !== undefined) {
    const of = records.of.kind === "file" ? records.of.path : nameOf(records.of);
    return of === undefined ? undefined : `records(${[of, ...records.key].join(", ")})`;
  }
  const of = picks === undefined ? undefined : nameOf(picks);
  if (of === undefined) return undefined;
  // Types leave blanks where they were.
  const text = run
    .toString()
    .replace(/\s+/g, " ")
    .replace(/ (?=[),])/g, "");
  const shown = text.length > PICK_TEXT ? `${text.slice(0, PICK_TEXT)}…` : text;
  return `${of}.pick(${shown})`;
}

function isContainer(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}

function shortestFirst(all: readonly string[]): { name: string; aliases: readonly string[] } {
  const [name, ...aliases] = [...all].sort((a, b) => a.length - b.length || compareBytes(a, b));
  return { name: name as string, aliases };
}

interface Mistake {
  readonly is: string;
  readonly help: string;
}

/** An export that was probably meant to be a task; undefined for any other. */
function mistakeOf(value: unknown): Mistake | undefined {
  if (value instanceof Promise)
    return {
      is: "a promise, which inc does not wait for",
      help: "await its value: export const name = await …",
    };
  if (value instanceof Command)
    return { is: "a command, not a task", help: "make a task of it: export const name = task(sh`…`)" };
  if (declarationOf(value)?.kind === "config")
    return { is: "a config(), which only works as the default export", help: "write export default config({ … })" };
  return undefined;
}

function noTask(name: string, { is, help }: Mistake, manifest: string): Diagnostic {
  return {
    code: "INC2527",
    severity: "error",
    message: `the export "${name}" is ${is}`,
    location: exportOf(name.split(".")[0] as string, manifest),
    help: [help],
  };
}

function notConfig(value: unknown, manifest: string): Diagnostic {
  const declaration = declarationOf(value);
  const what =
    declaration !== undefined
      ? `a ${declaration.kind}`
      : value instanceof Promise
        ? "a promise"
        : typeof value === "function"
          ? "a function"
          : "another value";
  const location =
    declaration !== undefined && "location" in declaration ? declaration.location : exportOf("default", manifest);
  return {
    code: "INC2501",
    severity: "error",
    message: `the default export is ${what}, but it is reserved for config()`,
    location,
    help: [
      value instanceof Promise
        ? "await it: export default await …"
        : "give it a name: export const build = task(sh`…`)",
    ],
  };
}

/** A pipeline of nothing would always be up to date. */
function nothing({ exports, manifest }: Evaluation): Diagnostic {
  const name = Object.keys(exports).find((key) => typeof exports[key] === "function");
  return {
    code: "INC2528",
    severity: "error",
    message: "the manifest declares no task",
    location: { file: manifest, line: 1, column: 1 },
    ...(name === undefined
      ? {}
      : {
          notes: [{ message: `"${name}" is a function, which inc does not call`, location: exportOf(name, manifest) }],
        }),
    help: ["export one: export const build = task(sh`…`)"],
  };
}
