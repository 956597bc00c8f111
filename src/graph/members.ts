import type { TaskDeclaration } from "../manifest/declaration.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Group } from "./concrete.ts";

/** How many names of a path lead to a task of units. Undefined: none does. Where there are no units, any may. */
export function memberLength({ units, open }: Group, path: readonly string[]): number | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const member = path.slice(0, length).join(".");
    if (units.some(({ tasks }) => tasks.has(member))) return length;
    if (!open.has(member) || units.some(({ tasks }) => [...tasks.keys()].some((name) => isUnder(name, member))))
      continue;
    const end = path.indexOf("outputs", length);
    return end < 0 ? path.length : end;
  }
  return undefined;
}

/** True where an expansion under a member decides on tasks of another. */
export function isUnder(member: string, of: string): boolean {
  return of === "" || member === of || member.startsWith(`${of}.`);
}

/** A reference to units that leads to no task of theirs. */
export function noMember(user: TaskDeclaration, group: Group, path: readonly string[]): Diagnostic {
  const members = [...new Set(group.units.flatMap(({ tasks }) => [...tasks.keys()]))].filter((name) => name !== "");
  return {
    code: "INC2509",
    severity: "error",
    message:
      path.length === 0
        ? `"${group.name}" is a record of tasks, so name one of them`
        : `"${group.name}" has no "${path.join(".")}"`,
    location: user.location,
    help: [
      members.length === 0
        ? "name one of its outputs: .outputs.name"
        : `its members are ${members.map((name) => `.${name}`).join(", ")}`,
    ],
  };
}
