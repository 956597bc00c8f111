/** A function of the manifest that does nothing but go to a member: `(row) => row.id`, `(row) => row.place.code`. */
const MEMBER = /^\(?\s*([\w$]+)\s*\)?\s*=>\s*\1((?:\s*\.\s*[\w$]+)+)\s*$/;
/** The same as `({ id }) => id`. */
const DESTRUCTURED = /^\(\s*\{\s*([\w$]+)\s*\}\s*\)\s*=>\s*\1\s*$/;

/**
 * The names that lead from an element to its key, read from the text of the function that gives the keys; none: only calling the function
 * tells. So whoever evaluates no manifest finds the element of a key.
 */
export function keyWay(key: (element: unknown) => unknown): readonly string[] {
  const text = key.toString();
  const [, , names] = MEMBER.exec(text) ?? [];
  if (names !== undefined)
    return names
      .split(".")
      .slice(1)
      .map((name) => name.trim());
  const [, name] = DESTRUCTURED.exec(text) ?? [];
  return name === undefined ? [] : [name];
}

/** What such names lead to in an element, which is JSON. */
export function atWay(element: unknown, way: readonly string[]): unknown {
  let inner = element;
  for (const name of way)
    inner =
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Readonly<Record<string, unknown>>)[name]
        : undefined;
  return inner;
}
