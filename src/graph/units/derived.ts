import type { EachDeclaration, UnitElements } from "../../manifest/declaration.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { own } from "../../model/own.ts";
import type { Unit } from "./callback.ts";

/** An `each` over the units of another one. */
export type Derived = EachDeclaration & { readonly over: UnitElements };

export function isDerived(each: EachDeclaration): each is Derived {
  return each.over.kind === "units";
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

/** Where in a unit the elements of an `each` over it are: the `each` whose units they are, or what the callback returned. */
export type UnitPart =
  | { readonly inner: EachDeclaration; readonly members: readonly string[] }
  | { readonly value: unknown };

/** @param members Names that lead to what is meant, from the unit on. */
export function partOf({ inner, made }: Unit, members: readonly string[]): UnitPart {
  const [first, ...rest] = members;
  const only = inner.get("");
  if (only !== undefined) return { inner: only, members };
  const named = first === undefined ? undefined : inner.get(first);
  if (named !== undefined) return { inner: named, members: rest };
  return { value: first === undefined ? made : own(made as Record<string, unknown>, members.join(".")) };
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

export function noMember(each: Derived, members: readonly string[]): Diagnostic {
  return {
    code: "INC2509",
    severity: "error",
    message: `each() fans out over the tasks "${members.join(".")}" of units that have no such task`,
    location: each.location,
    notes: [{ message: "the units are declared here", location: each.over.of.location }],
    help: ["name a member of the record that their callback returns"],
  };
}

/** The units of an `each` would be those of what it is in. */
export function inCircle(each: EachDeclaration): Diagnostic {
  return {
    code: "INC2508",
    severity: "error",
    message: "each() fans out over the units of an each() that it is a part of",
    location: each.location,
    help: ["let it fan out over another one, or export it beside the one that it is in"],
  };
}
