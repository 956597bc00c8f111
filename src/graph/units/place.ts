/** Where an `each` stands: it is exported, or the callback of another one returned it for an element. */
export interface Place {
  /** Name of the exported `each` that it is in, or that it is. */
  readonly top: string;
  /** Keys of the elements around it, the outermost first. */
  readonly keys: readonly string[];
  /** Names of the members that it is in the records around it, joined by dots. Empty: the callbacks returned no records. */
  readonly member: string;
}

/** What is in an element of an `each`. */
export function placeIn({ top, keys, member }: Place, unitKeys: readonly string[], name: string): Place {
  return { top, keys: [...keys, ...unitKeys], member: joined(member, name) };
}

/** The name of an `each`: `clean`, or `clean[eu/*]` for one in the callback of `clean`, which is also the pattern of its units. */
export function groupName({ top, keys, member }: Place): string {
  return keys.length === 0 ? top : `${top}[${keyOf([...keys, "*"])}]${suffixOf(member)}`;
}

/** Keys of elements in one another are one key. */
export function keyOf(keys: readonly string[]): string {
  return keys.join("/");
}

/** The name of a task in an element, behind that of the exported `each`. @param member Empty: the callback returned it alone. */
export function unitName(keys: readonly string[], member: string): string {
  return `[${keyOf(keys)}]${suffixOf(member)}`;
}

/** A member of a member. */
export function joined(member: string, name: string): string {
  return member === "" || name === "" ? member + name : `${member}.${name}`;
}

function suffixOf(member: string): string {
  return member === "" ? "" : `.${member}`;
}

/** What the ids of all units in an `each` begin with. */
export function beginningOf({ top, keys }: Place): string {
  return `${top}[${keys.map((key) => `${key}/`).join("")}`;
}
