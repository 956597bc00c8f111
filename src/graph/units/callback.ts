import type { Origin } from "../../manifest/call-site.ts";
import type { EachDeclaration, TaskDeclaration } from "../../manifest/declaration.ts";
import { declarationOf } from "../../manifest/handle.ts";
import { withBase } from "../../manifest/session.ts";
import { defined } from "../../model/defined.ts";
import { type Diagnostic, DiagnosticError } from "../../model/diagnostic.ts";
import { compareBytes } from "../../model/order.ts";

/** One element of an `each` and its tasks: the member's name is empty when the callback returned a single task. */
export interface Unit {
  readonly key: string;
  readonly tasks: ReadonlyMap<string, TaskDeclaration>;
  /** What the callback returned. */
  readonly made: unknown;
}

/** Calls the callback for one element. Undefined: it gave no task, and an error says so. */
export function callOne(each: EachDeclaration, key: string, value: unknown, errors: Diagnostic[]): Unit | undefined {
  let result: unknown;
  try {
    result = withBase(each.base, () => each.callback(value, key));
  } catch (error) {
    if (error instanceof DiagnosticError) errors.push(...error.diagnostics);
    else errors.push(threw(each, key, error));
    return undefined;
  }
  const single = declarationOf(result);
  if (single?.kind === "task") return { key, tasks: new Map([["", single]]), made: result };
  const members = typeof result === "object" && result !== null && single === undefined ? Object.entries(result) : [];
  const tasks = members.map(([name, member]) => [name, declarationOf(member)] as const);
  const inner = [single, ...tasks.map(([, declaration]) => declaration)].find((made) => made?.kind === "each");
  if (inner?.kind === "each") {
    errors.push(eachInside(each, inner));
    return undefined;
  }
  if (tasks.length === 0 || tasks.some(([, declaration]) => declaration?.kind !== "task")) {
    errors.push(noTask(each, key));
    return undefined;
  }
  return { key, tasks: new Map(tasks as (readonly [string, TaskDeclaration])[]), made: result };
}

/** In the order of their keys, each of which may be there once. */
export function sorted(each: EachDeclaration, units: readonly Unit[], errors: Diagnostic[]): readonly Unit[] {
  const list = [...units].sort((a, b) => compareBytes(a.key, b.key));
  list.forEach((unit, i) => {
    if (i > 0 && list[i - 1]?.key === unit.key) errors.push(twice(each, unit.key));
  });
  return list;
}

/** Where elements of something count as declared. */
export function originOf({ location, base }: Origin): Origin {
  return { location, ...defined({ base }) };
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

function eachInside(each: EachDeclaration, inner: EachDeclaration): Diagnostic {
  return {
    code: "INC2505",
    severity: "error",
    message: "the callback of each() returned another each()",
    location: inner.location,
    notes: [{ message: "the callback is that of this one", location: each.location }],
    help: [
      "fan out over all pairs at once, with a key for each: each(a.flatMap((x) => b.map((y) => ({ x, y }))), { key: … }, …)",
      "for one more step for each unit: export const next = each(units, (unit, key) => task(…))",
    ],
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
