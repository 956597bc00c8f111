import { outsOf } from "../../manifest/command-parts.ts";
import type { EachDeclaration, FilesDeclaration, OutDeclaration, TaskDeclaration } from "../../manifest/declaration.ts";
import { type FileRef, makeFileRef } from "../../manifest/handles.ts";
import { defined } from "../../model/defined.ts";
import { type Diagnostic, distinct } from "../../model/diagnostic.ts";
import { helpWithEmpty } from "../../model/empty-set.ts";
import type { Expansion } from "../../model/evaluation/expansion.ts";
import type { FileSet } from "../../model/graph.ts";
import { literalBase } from "../../model/pattern.ts";
import type { Paths } from "../paths.ts";
import { callOne, originOf, sorted, type Unit } from "./callback.ts";
import { derivedExpansion, derivedUnit, isDerived, isOfMade, sourcesFirst, unnamedSource } from "./derived.ts";
import { expandMade, type MadeContext, type MadeSource } from "./made.ts";

/** What `expandUnits` asks of the world. */
export interface ExpandContext extends MadeContext {
  readonly paths: Paths;
  /** Members of a set, without those outputs and what is inside them. Workspace paths. */
  expand(set: FileSet, outputs: ReadonlySet<string>): readonly string[];
  setOf(each: EachDeclaration): FileSet;
  /** What is there to expand an `each` over what a task makes. Undefined: it cannot be, and an error says why. */
  made(each: EachDeclaration): MadeSource | undefined;
  nameOf(each: EachDeclaration): string;
}

export interface Expanded {
  readonly units: ReadonlyMap<EachDeclaration, readonly Unit[]>;
  readonly expansions: ReadonlyMap<EachDeclaration, Expansion>;
  readonly errors: readonly Diagnostic[];
}

/**
 * Calls the callbacks. A set never holds what the graph makes, the units themselves included, so sets are expanded again
 * while the units' outputs take elements away; elements are only ever removed, so this ends.
 */
export function expandUnits(
  eachs: readonly EachDeclaration[],
  outputs: ReadonlySet<string>,
  context: ExpandContext,
): Expanded {
  const errors: Diagnostic[] = [];
  const ordered = sourcesFirst(eachs);
  const made = new Map<EachDeclaration, Map<string, Unit>>();
  for (const each of ordered) {
    if (isDerived(each) && !eachs.includes(each.over.of)) errors.push(unnamedSource(each));
    if (isOfMade(each)) continue;
    const source = isDerived(each) ? made.get(each.over.of) : undefined;
    made.set(each, source === undefined ? callAll(each, outputs, context, errors) : deriveAll(each, source, errors));
  }
  while (removeMade(made, outputs, context));
  const units = new Map([...made].map(([each, byElement]) => [each, sorted(each, [...byElement.values()], errors)]));
  const expansions = new Map<EachDeclaration, Expansion>();
  for (const each of ordered) {
    if (!isOfMade(each)) continue;
    const expanded = expandOne(each, units, expansions, context);
    units.set(each, expanded?.units ?? []);
    if (expanded !== undefined) expansions.set(each, expanded.expansion);
  }
  return { units, expansions, errors };
}

/** Takes away the elements of sets that units make, with what is derived from them. True: there were some. */
function removeMade(
  made: ReadonlyMap<EachDeclaration, Map<string, Unit>>,
  outputs: ReadonlySet<string>,
  context: ExpandContext,
): boolean {
  let removed = false;
  const all = new Set([
    ...outputs,
    ...[...made.values()].flatMap((units) => [...units.values()].flatMap((unit) => outputsOf(unit, context.paths))),
  ]);
  for (const [each, units] of made) {
    if (each.over.kind !== "files" && each.over.kind !== "units") continue;
    const still =
      each.over.kind === "units" ? made.get(each.over.of) : new Set(context.expand(context.setOf(each), all));
    for (const element of units.keys()) if (still?.has(element) !== true) removed = units.delete(element) || removed;
  }
  return removed;
}

function deriveAll(each: EachDeclaration, source: ReadonlyMap<string, Unit>, errors: Diagnostic[]): Map<string, Unit> {
  const units = new Map<string, Unit>();
  for (const [element, of] of source) {
    const unit = isDerived(each) ? derivedUnit(each, of, errors) : undefined;
    if (unit !== undefined) units.set(element, unit);
  }
  return units;
}

function expandOne(
  each: EachDeclaration,
  units: ReadonlyMap<EachDeclaration, readonly Unit[]>,
  expansions: ReadonlyMap<EachDeclaration, Expansion>,
  context: ExpandContext,
): { readonly units: readonly Unit[]; readonly expansion: Expansion } | undefined {
  if (!isDerived(each)) {
    const source = context.made(each);
    return source === undefined ? undefined : expandMade(each, source, context);
  }
  const source = expansions.get(each.over.of);
  if (source === undefined) return undefined;
  const problems: Diagnostic[] = [];
  const derived = (units.get(each.over.of) ?? []).flatMap((unit) => derivedUnit(each, unit, problems) ?? []);
  return {
    units: problems.length === 0 ? derived : [],
    expansion: derivedExpansion(each, context.nameOf(each), source, distinct(problems)),
  };
}

/** The unit of a key alone, of an `each` over sources or items, without a look at the elements. Undefined: an item of that key does not exist, or gives no task. */
export function unitOf(
  each: EachDeclaration,
  key: string,
  { paths, setOf }: Pick<ExpandContext, "paths" | "setOf">,
): Unit | undefined {
  if (each.over.kind === "files") {
    const base = commonBase(setOf(each).patterns);
    return callOne(each, key, elementAt(each.over, base === "" ? key : `${base}/${key}`, paths), []);
  }
  if (each.over.kind !== "items") return undefined;
  const item = each.over.items.find((candidate) => candidate.key === key);
  return item === undefined ? undefined : callOne(each, key, item.value, []);
}

function elementAt(over: FilesDeclaration, path: string, paths: Paths): FileRef {
  return makeFileRef(paths.written(path, over), originOf(over), defined({ keep: over.keep }));
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
  if (each.over.kind !== "files") return units;
  const set = context.setOf(each);
  const members = context.expand(set, outputs);
  if (members.length === 0 && !set.allowEmpty) errors.push(emptySet(each, set));
  for (const path of members) call(path, keyOfMember(set, path), elementAt(each.over, path, context.paths));
  return units;
}

/** The key of a member of a set: its path, below the directory that all patterns begin in. */
export function keyOfMember({ patterns }: FileSet, path: string): string {
  const base = commonBase(patterns);
  return base === "" ? path : path.slice(base.length + 1);
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
