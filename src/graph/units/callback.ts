import type { Origin } from "../../manifest/call-site.ts";
import type { EachDeclaration, TaskDeclaration } from "../../manifest/declaration.ts";
import { declarationOf } from "../../manifest/handle.ts";
import { withBase } from "../../manifest/session.ts";
import { defined } from "../../model/defined.ts";
import { type Diagnostic, DiagnosticError, messageOf } from "../../model/diagnostic.ts";
import { compareBytes } from "../../model/order.ts";
import { ownTasks } from "./own-tasks.ts";
import { keyOf } from "./place.ts";

/** What the callback of an `each` made for one element. Names of members are empty where it returned no record. */
export interface Unit {
  /** Of a unit in the callback of another `each`, as that sees it: the keys of both. */
  readonly key: string;
  /** The keys that it consists of, the outermost first. */
  readonly keys: readonly string[];
  readonly tasks: ReadonlyMap<string, TaskDeclaration>;
  /** The `each`s that fan out further. */
  readonly inner: ReadonlyMap<string, EachDeclaration>;
  /** Tasks of inc's own that the others need, by the names that they have in the element. */
  readonly own: ReadonlyMap<string, TaskDeclaration>;
  /** What the callback returned. */
  readonly made: unknown;
}

/** Calls the callback for one element. Undefined: it gave no task, and an error says so. */
export function callOne(
  each: EachDeclaration,
  keys: readonly string[],
  value: unknown,
  errors: Diagnostic[],
): Unit | undefined {
  const key = keyOf(keys);
  let made: unknown;
  try {
    made = withBase(each.base, () => each.callback(value, key));
  } catch (error) {
    if (error instanceof DiagnosticError) errors.push(...error.diagnostics);
    else errors.push(threw(each, key, error));
    return undefined;
  }
  const tasks = new Map<string, TaskDeclaration>();
  const inner = new Map<string, EachDeclaration>();
  const members = membersOf(made);
  for (const [name, member] of members) {
    const declaration = declarationOf(member);
    if (declaration?.kind === "task") tasks.set(name, declaration);
    else if (declaration?.kind === "each") inner.set(name, declaration);
  }
  if (members.length > 0 && members.length === tasks.size + inner.size)
    return { key, keys, tasks, inner, own: ownTasks(tasks, inner), made };
  errors.push(noTask(each, key));
  return undefined;
}

function membersOf(made: unknown): readonly (readonly [string, unknown])[] {
  if (declarationOf(made) !== undefined) return [["", made]];
  return typeof made === "object" && made !== null ? Object.entries(made) : [];
}

/**
 * In the order of their keys, each of which may be there once.
 * @param own The units of elements that this `each` has itself, which it knows by their keys, whatever tasks it makes of them.
 */
export function sorted(
  each: EachDeclaration,
  units: readonly Unit[],
  own: ReadonlySet<Unit>,
  errors: Diagnostic[],
): readonly Unit[] {
  const list = [...units].sort((a, b) => compareBytes(a.key, b.key));
  list.forEach((unit, i) => {
    const before = list[i - 1];
    if (before === undefined || before.key !== unit.key) return;
    if ((own.has(before) && own.has(unit)) || isSameName(before, unit)) errors.push(twice(each, unit.key));
  });
  return list;
}

/** True where a task of one unit has the name of a task of the other. */
function isSameName(one: Unit, other: Unit): boolean {
  const names = ({ tasks, inner }: Unit): string[] => [...tasks.keys(), ...inner.keys()];
  const taken = new Set(names(one));
  return names(other).some((name) => taken.has(name));
}

/** Where elements of something count as declared. */
export function originOf({ location, base }: Origin): Origin {
  return { location, ...defined({ base }) };
}

function threw(each: EachDeclaration, key: string, error: unknown): Diagnostic {
  return {
    code: "INC2504",
    severity: "error",
    message: `the callback of each() threw for "${key}": ${messageOf(error)}`,
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
    help: ["return task(…), another each(…), or a record of them: { a: task(…), b: each(…) }"],
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
