import type { EachDeclaration, MadeElements } from "../../manifest/declaration.ts";
import { type FileRef, makeFileRef } from "../../manifest/handles.ts";
import { type Diagnostic, messageOf } from "../../model/diagnostic.ts";
import type { Expansion, FannedOut } from "../../model/evaluation/expansion.ts";
import type { Paths } from "../paths.ts";
import { callOne, originOf, type Unit } from "./callback.ts";
import { type Element, type ExpansionSource, elementsOf } from "./elements.ts";

/** What a task has made, and how units refer to it. */
export interface MadeSource {
  readonly expansion: Omit<Expansion, "problems">;
  readonly source: ExpansionSource;
  /** Of the output. */
  readonly name: string;
}

/** What units of what a task makes are named by. */
export interface MadeContext {
  readonly paths: Paths;
  digest(bytes: Uint8Array): string;
}

/**
 * The elements of what a task has made. A mistake in them is a problem of the run, not of the graph: else the task could not run
 * again to make something better.
 */
export function elementsOfMade(
  each: EachDeclaration,
  { source, name, expansion }: MadeSource,
  { paths, digest }: MadeContext,
  problems: Diagnostic[],
): readonly Element[] {
  problems.push(...(source.problems ?? []));
  if (problems.length > 0 || source.digest === null) return [];
  const over = each.over as MadeElements;
  if (source.files !== undefined)
    return source.files.map((path) => ({
      key: path.slice(expansion.path.length + 1),
      value: fileIn(each, path, name, paths),
    }));
  try {
    const elements = elementsOf(source.value, over.key, digest);
    if (elements === undefined) problems.push(noElements(each, source.value));
    return elements ?? [];
  } catch (error) {
    problems.push(noKey(each, error));
    return [];
  }
}
function fileIn(each: EachDeclaration, path: string, output: string, paths: Paths): FileRef {
  const madeBy = { task: (each.over as MadeElements).of, output };
  return makeFileRef(paths.written(path, each), originOf(each), { madeBy });
}

/** The unit of a key alone. Undefined: what the task has made has no such element, or it gives no task. */
export function madeUnitOf(
  each: EachDeclaration,
  key: string,
  fannedOut: FannedOut,
  context: Pick<MadeContext, "paths"> & { elementOf(over: MadeElements): Element | undefined },
): Unit | undefined {
  const over = each.over as MadeElements;
  if (fannedOut.over === "directory") {
    const path = `${fannedOut.path}/${key}`;
    return callOne(each, [key], fileIn(each, path, over.output ?? "", context.paths), []);
  }
  const element = context.elementOf(over);
  return element === undefined ? undefined : callOne(each, [key], element.value, []);
}

function noElements(each: EachDeclaration, value: unknown): Diagnostic {
  const is = value === null ? "null" : `a ${typeof value}`;
  return {
    code: "INC2533",
    severity: "error",
    message: `each() fans out over a value, which is ${is} now`,
    location: each.location,
    help: ["let the task make an array, with an element for each unit, or an object"],
  };
}

function noKey(each: EachDeclaration, error: unknown): Diagnostic {
  return {
    code: "INC2504",
    severity: "error",
    message: `the function "key" of each() threw: ${messageOf(error)}`,
    location: each.location,
    help: ["give a key for every element"],
  };
}
