import type { EachDeclaration, UnitElements } from "../../manifest/declaration.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Expansion } from "../../model/evaluation/expansion.ts";
import { own } from "../../model/own.ts";
import { callOne, type Unit } from "./callback.ts";

/** An `each` over the units of another one. */
type Derived = EachDeclaration & { readonly over: UnitElements };

export function isDerived(each: EachDeclaration): each is Derived {
  return each.over.kind === "units";
}

/** True when its units are known only once a task has run. */
export function isOfMade({ over }: EachDeclaration): boolean {
  return over.kind === "units" ? isOfMade(over.of) : over.kind === "made";
}

/** An `each`, after those that its units are derived from. */
export function derivation(each: EachDeclaration): readonly EachDeclaration[] {
  return isDerived(each) ? [...derivation(each.over.of), each] : [each];
}

/** Each comes after the one that it is over. */
export function sourcesFirst(eachs: readonly EachDeclaration[]): readonly EachDeclaration[] {
  const all = new Set(eachs);
  return [...new Set(eachs.flatMap(derivation))].filter((each) => all.has(each));
}

/** The unit for a unit of another `each`, of the same key. Undefined: an error says why there is none. */
export function derivedUnit(each: Derived, { key, made }: Unit, errors: Diagnostic[]): Unit | undefined {
  const { member } = each.over;
  const element = member === undefined ? made : own(made as Record<string, unknown>, member);
  if (element !== undefined) return callOne(each, key, element, errors);
  errors.push(noMember(each, member as string));
  return undefined;
}

/** The expansion of an `each` over units, by the one of those. */
export function derivedExpansion(
  each: Derived,
  group: string,
  source: Expansion,
  errors: readonly Diagnostic[],
): Expansion {
  const problems = [...(source.problems ?? []), ...errors];
  const { problems: _problems, ...same } = source;
  return { ...same, group, location: each.location, ...(problems.length === 0 ? {} : { problems }) };
}

/** An `each` that no export reaches has no units. */
export function unnamedSource(each: Derived): Diagnostic {
  return {
    code: "INC2508",
    severity: "error",
    message: "each() fans out over the units of an each() that no export reaches",
    location: each.location,
    notes: [{ message: "it is declared here", location: each.over.of.location }],
    help: ["export it, so that its units have names: export const … = …"],
  };
}

function noMember(each: Derived, member: string): Diagnostic {
  return {
    code: "INC2509",
    severity: "error",
    message: `each() fans out over the tasks "${member}" of units that have no such task`,
    location: each.location,
    notes: [{ message: "the units are declared here", location: each.over.of.location }],
    help: ["name a member of the record that their callback returns"],
  };
}
