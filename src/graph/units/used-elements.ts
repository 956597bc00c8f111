import { defined } from "../../model/defined.ts";
import type { UsedElement } from "../../model/entry.ts";
import type { Graph, Task } from "../../model/graph.ts";
import { pathName } from "../../model/object-name.ts";
import { keyOf } from "./place.ts";

/** The elements of values that a unit is made of, the outermost first. Undefined: none. */
export function usedElements(
  { expansions = [] }: Pick<Graph, "expansions">,
  { group: top, key = "", keys = [key], expandedFrom = [] }: Task,
): readonly UsedElement[] | undefined {
  if (top === undefined) return undefined;
  const elements = expandedFrom.flatMap(({ group, isUnit, isDerived }): readonly UsedElement[] => {
    if (isUnit !== true || isDerived === true) return [];
    const expansion = expansions.find((one) => one.group === group);
    const own = keys.find((_, i) => isAt(group, top, keys.slice(0, i)));
    if (expansion?.over !== "value" || own === undefined) return [];
    return [{ of: pathName(expansion.path), key: own, ...defined({ by: expansion.keyedBy }) }];
  });
  return elements.length === 0 ? undefined : elements;
}

/** True for the name of an `each` that stands in elements of these keys. */
function isAt(group: string, top: string, above: readonly string[]): boolean {
  return above.length === 0 ? group === top : group.startsWith(`${top}[${keyOf([...above, "*"])}]`);
}
