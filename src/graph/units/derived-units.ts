import type { EachDeclaration } from "../../manifest/declaration.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { distinct } from "../../model/diagnostic.ts";
import type { ExpandedFrom, Expansion } from "../../model/evaluation/expansion.ts";
import { type Derived, noMember, partOf } from "./derived.ts";
import type { FanOut, PlacedExpansion } from "./fan-out.ts";
import { beginningOf, groupName, type Place } from "./place.ts";

/** An element of an `each` over units: what the callback of those returned, or a task of it. */
interface UnitElement {
  readonly id: string;
  /** Those of the unit. */
  readonly keys: readonly string[];
  readonly value: unknown;
  /** Expansions that decide whether the unit exists. */
  readonly from: readonly ExpandedFrom[];
}

interface UnitElements {
  readonly elements: readonly UnitElement[];
  /** What decides which there are; keys are relative to the `each` whose units they are. */
  readonly expansions: readonly PlacedExpansion[];
}

/** The elements of an `each` over the units of `source`, of those of the `each`s in its callback if these are meant. */
export function elementsIn(
  source: FanOut,
  each: Derived,
  fanOuts: ReadonlyMap<EachDeclaration, FanOut>,
  errors: Diagnostic[],
): UnitElements {
  const elements: UnitElement[] = [];
  const expansions: PlacedExpansion[] = [];
  const visit = (fanOut: FanOut, members: readonly string[], above: { keys: readonly string[]; id: string }): void => {
    for (const { keys, expansion } of fanOut.expansions)
      expansions.push({ keys: [...above.keys, ...keys.slice(fanOut.place.keys.length)], expansion });
    for (const [ownId, { unit, from }] of fanOut.units) {
      const keys = [...above.keys, ...unit.keys];
      const id = above.id === "" ? ownId : `${above.id}\0${ownId}`;
      const part = partOf(unit, members);
      if ("inner" in part) visit(fanOuts.get(part.inner) as FanOut, part.members, { keys, id });
      else if (part.value === undefined) errors.push(noMember(each, members));
      else elements.push({ id, keys, value: part.value, from });
    }
  };
  visit(source, each.over.members, { keys: [], id: "" });
  return { elements, expansions };
}

/** Units that are derived from those of expansions: each of these is one of theirs as well, with the mistakes in its own elements. */
export class DerivedUnits {
  readonly #fanOut: FanOut;
  /** By the name of the one that it is derived from. */
  readonly #derived = new Map<string, { readonly placed: PlacedExpansion; readonly problems: Diagnostic[] }>();

  constructor(fanOut: FanOut, sources: readonly PlacedExpansion[]) {
    this.#fanOut = fanOut;
    for (const source of sources) {
      const { expansion } = source;
      const problems = [...(expansion.problems ?? [])];
      this.#derived.set(expansion.group, { placed: derivedFrom(source, fanOut), problems });
    }
  }

  /** What decides whether a unit exists, and where mistakes in it go. */
  belonging({ from }: UnitElement): { readonly from: readonly ExpandedFrom[]; readonly errors: Diagnostic[] } {
    const own = from.flatMap(({ group }) => this.#derived.get(group) ?? []);
    const added = own.map(
      ({
        placed: {
          expansion: { group, task },
        },
      }) => ({ group, task, isUnit: true as const, isDerived: true as const }),
    );
    return { from: [...this.#fanOut.around, ...added], errors: own.at(-1)?.problems ?? this.#fanOut.errors };
  }

  /** All callbacks were called: units of expansions with mistakes go. */
  end(): readonly PlacedExpansion[] {
    const all = [...this.#derived.values()];
    const broken = new Set(
      all.filter(({ problems }) => problems.length > 0).map(({ placed }) => placed.expansion.group),
    );
    const { units } = this.#fanOut;
    for (const [id, { from }] of units) if (from.some(({ group }) => broken.has(group))) units.delete(id);
    return all.map(({ placed: { keys, expansion }, problems }) => ({
      keys,
      expansion: withProblems(expansion, problems),
    }));
  }
}

function derivedFrom({ keys, expansion }: PlacedExpansion, { each, place }: FanOut): PlacedExpansion {
  const at: Place = { ...place, keys: [...place.keys, ...keys] };
  const { problems: _problems, ...same } = expansion;
  return {
    keys: at.keys,
    expansion: { ...same, group: groupName(at), units: beginningOf(at), location: each.location },
  };
}

export function withProblems(expansion: Expansion, problems: readonly Diagnostic[]): Expansion {
  return problems.length === 0 ? expansion : { ...expansion, problems: distinct(problems) };
}
