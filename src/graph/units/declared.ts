import { declaredOuts } from "../../manifest/command-parts.ts";
import type { EachDeclaration, FilesDeclaration } from "../../manifest/declaration.ts";
import { type FileRef, makeFileRef } from "../../manifest/handles.ts";
import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { helpWithEmpty } from "../../model/empty-set.ts";
import type { FileSet } from "../../model/graph.ts";
import { literalBase } from "../../model/pattern.ts";
import type { Paths } from "../paths.ts";
import { callOne, originOf, type Unit } from "./callback.ts";
import type { Element } from "./elements.ts";

/** What lists the elements of an `each` over files or items. */
export interface DeclaredContext {
  readonly paths: Paths;
  /** Members of a set, without those outputs and what is inside them. Workspace paths. */
  expand(set: FileSet, outputs: ReadonlySet<string>): readonly string[];
  setOf(each: EachDeclaration): FileSet;
}

/** An element, with what tells it apart before its key is checked: its path, or its place among the items. */
interface Declared extends Element {
  readonly id: string;
}

/** The elements of an `each` over files or items. */
export function declaredElements(
  each: EachDeclaration,
  outputs: ReadonlySet<string>,
  { paths, expand, setOf }: DeclaredContext,
  errors: Diagnostic[],
): readonly Declared[] {
  const { over } = each;
  if (over.kind === "items") return over.items.map(({ key, value }, i) => ({ id: `${i}`, key, value }));
  if (over.kind !== "files") return [];
  const set = setOf(each);
  const members = expand(set, outputs);
  if (members.length === 0 && !set.allowEmpty) errors.push(emptySet(each, set));
  return members.map((path) => ({ id: path, key: keyOfMember(set, path), value: elementAt(over, path, paths) }));
}

/** The unit of a key alone, without a look at the elements. Undefined: an item of that key does not exist, or gives no task. */
export function declaredUnit(
  each: EachDeclaration,
  key: string,
  { paths, setOf }: Pick<DeclaredContext, "paths" | "setOf">,
): Unit | undefined {
  if (each.over.kind === "files") {
    const base = commonBase(setOf(each).patterns);
    return callOne(each, [key], elementAt(each.over, base === "" ? key : `${base}/${key}`, paths), []);
  }
  if (each.over.kind !== "items") return undefined;
  const item = each.over.items.find((candidate) => candidate.key === key);
  return item === undefined ? undefined : callOne(each, [key], item.value, []);
}

function elementAt(over: FilesDeclaration, path: string, paths: Paths): FileRef {
  return makeFileRef(paths.written(path, over), originOf(over), defined({ keep: over.keep }));
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

/** Workspace paths of what the tasks of a unit make. */
export function outputsOf(unit: Unit, paths: Paths): string[] {
  return [...unit.tasks.values(), ...unit.own.values()].flatMap((task) =>
    declaredOuts(task).map((out) => paths.resolve(out.path, "the output", out)),
  );
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
