import type { Origin } from "../manifest/call-site.ts";
import { outsOf } from "../manifest/command-parts.ts";
import type { EachDeclaration, FilesDeclaration, OutDeclaration, TaskDeclaration } from "../manifest/declaration.ts";
import { declarationOf } from "../manifest/handle.ts";
import { type FileRef, makeFileRef } from "../manifest/handles.ts";
import { withBase } from "../manifest/session.ts";
import { defined } from "../model/defined.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import { helpWithEmpty } from "../model/empty-set.ts";
import type { FileSet } from "../model/graph.ts";
import { compareBytes } from "../model/order.ts";
import { literalBase } from "../model/pattern.ts";
import type { Paths } from "./paths.ts";

/** One element of an `each` and its tasks: the member's name is empty when the callback returned a single task. */
export interface Unit {
  readonly key: string;
  readonly tasks: ReadonlyMap<string, TaskDeclaration>;
}

/** What `expandUnits` asks of the world. */
export interface ExpandContext {
  readonly paths: Paths;
  /** Members of a set, without those outputs and what is inside them. Workspace paths. */
  expand(set: FileSet, outputs: ReadonlySet<string>): readonly string[];
  setOf(each: EachDeclaration): FileSet;
}

/**
 * Calls the callbacks. A set never holds what the graph makes, the units themselves included, so sets are expanded again
 * while the units' outputs take elements away; elements are only ever removed, so this ends.
 */
export function expandUnits(
  eachs: readonly EachDeclaration[],
  outputs: ReadonlySet<string>,
  context: ExpandContext,
): { readonly units: ReadonlyMap<EachDeclaration, readonly Unit[]>; readonly errors: readonly Diagnostic[] } {
  const errors: Diagnostic[] = [];
  const made = new Map<EachDeclaration, Map<string, Unit>>();
  for (const each of eachs) made.set(each, callAll(each, outputs, context, errors));
  for (let removed = true; removed; ) {
    removed = false;
    const all = new Set([
      ...outputs,
      ...[...made.values()].flatMap((units) => [...units.values()].flatMap((unit) => outputsOf(unit, context.paths))),
    ]);
    for (const [each, units] of made) {
      if (each.over.kind !== "files") continue;
      const still = new Set(context.expand(context.setOf(each), all));
      for (const path of units.keys()) if (!still.has(path)) removed = units.delete(path) || removed;
    }
  }
  const units = new Map([...made].map(([each, byElement]) => [each, sorted(each, byElement, errors)]));
  return { units, errors };
}

/** The unit of a key alone, without a look at the elements. Undefined: an item of that key does not exist, or gives no task. */
export function unitOf(
  each: EachDeclaration,
  key: string,
  { paths, setOf }: Omit<ExpandContext, "expand">,
): Unit | undefined {
  if (each.over.kind === "files") {
    const base = commonBase(setOf(each).patterns);
    return callOne(each, key, elementAt(each.over, base === "" ? key : `${base}/${key}`, paths), []);
  }
  const item = each.over.items.find((candidate) => candidate.key === key);
  return item === undefined ? undefined : callOne(each, key, item.value, []);
}

function elementAt(over: FilesDeclaration, path: string, paths: Paths): FileRef {
  return makeFileRef(paths.written(path, over), originOf(over), over.keep);
}

function callAll(
  each: EachDeclaration,
  outputs: ReadonlySet<string>,
  context: ExpandContext,
  errors: Diagnostic[],
): Map<string, Unit> {
  const units = new Map<string, Unit>();
  const call = (element: string, key: string, value: unknown): void => {
    const unit = callOne(each, key, value, errors);
    if (unit !== undefined) units.set(element, unit);
  };
  if (each.over.kind === "items") {
    each.over.items.forEach(({ key, value }, i) => {
      call(`${i}`, key, value);
    });
    return units;
  }
  const set = context.setOf(each);
  const members = context.expand(set, outputs);
  if (members.length === 0 && !set.allowEmpty) errors.push(emptySet(each, set));
  const base = commonBase(set.patterns);
  for (const path of members) {
    const key = base === "" ? path : path.slice(base.length + 1);
    call(path, key, elementAt(each.over, path, context.paths));
  }
  return units;
}

function originOf({ location, base }: Origin): Origin {
  return { location, ...defined({ base }) };
}

function callOne(each: EachDeclaration, key: string, value: unknown, errors: Diagnostic[]): Unit | undefined {
  let result: unknown;
  try {
    result = withBase(each.base, () => each.callback(value));
  } catch (error) {
    if (error instanceof DiagnosticError) errors.push(...error.diagnostics);
    else errors.push(threw(each, key, error));
    return undefined;
  }
  const single = declarationOf(result);
  if (single?.kind === "task") return { key, tasks: new Map([["", single]]) };
  const members = typeof result === "object" && result !== null && single === undefined ? Object.entries(result) : [];
  const tasks = members.map(([name, member]) => [name, declarationOf(member)] as const);
  if (tasks.length === 0 || tasks.some(([, declaration]) => declaration?.kind !== "task")) {
    errors.push(noTask(each, key));
    return undefined;
  }
  return { key, tasks: new Map(tasks as (readonly [string, TaskDeclaration])[]) };
}

function sorted(each: EachDeclaration, units: ReadonlyMap<string, Unit>, errors: Diagnostic[]): readonly Unit[] {
  const list = [...units.values()].sort((a, b) => compareBytes(a.key, b.key));
  list.forEach((unit, i) => {
    if (i > 0 && list[i - 1]?.key === unit.key) errors.push(twice(each, unit.key));
  });
  return list;
}

/** The longest literal directory that all patterns begin with. */
function commonBase(patterns: readonly string[]): string {
  const bases = patterns.map((pattern) => literalBase(pattern).split("/"));
  const [first = [], ...rest] = bases;
  let length = first.length;
  for (const base of rest)
    while (length > 0 && first.slice(0, length).join("/") !== base.slice(0, length).join("/")) length -= 1;
  return first.slice(0, length).join("/");
}

function outputsOf(unit: Unit, paths: Paths): string[] {
  return [...unit.tasks.values()].flatMap((task) =>
    declaredOuts(task).map((out) => paths.resolve(out.path, "the output", out)),
  );
}

/** Every output that a declaration names, those of its command first. */
export function declaredOuts(task: TaskDeclaration): readonly OutDeclaration[] {
  return [...outsOf(task.action), ...task.outputs];
}

function emptySet(each: EachDeclaration, set: FileSet): Diagnostic {
  return {
    code: "INC2503",
    severity: "error",
    message: `the set ${set.label} matches nothing, so each() has no units`,
    location: each.over.kind === "files" ? each.over.location : each.location,
    help: helpWithEmpty(set),
  };
}

function threw(each: EachDeclaration, key: string, error: unknown): Diagnostic {
  return {
    code: "INC2504",
    severity: "error",
    message: `the callback of each() threw for "${key}": ${error instanceof Error ? error.message : String(error)}`,
    location: each.location,
    help: ["return a task for every element, or exclude the element"],
  };
}

function noTask(each: EachDeclaration, key: string): Diagnostic {
  return {
    code: "INC2505",
    severity: "error",
    message: `the callback of each() returned no task for "${key}"`,
    location: each.location,
    help: ["return task(…), or a record of tasks: { a: task(…), b: task(…) }"],
  };
}

function twice(each: EachDeclaration, key: string): Diagnostic {
  return {
    code: "INC2506",
    severity: "error",
    message: `two units have the key "${key}"`,
    location: each.location,
    help: ["give each() a key that tells them apart: each(items, { key: (item) => item.id }, …)"],
  };
}
