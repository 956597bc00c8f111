import type {
  CommandDeclaration,
  FunctionDeclaration,
  OutDeclaration,
  TaskDeclaration,
  TemplatePart,
} from "./declaration.ts";

/** The outputs that a command names; a function names none. */
export function outsOf(command: CommandDeclaration | FunctionDeclaration): OutDeclaration[] {
  if (command.kind === "function") return [];
  const streams = command.kind === "shell" ? [] : [command.stdout, command.stderr].filter((out) => out !== undefined);
  return [...partsOf(command).filter((part) => part.kind === "out"), ...streams];
}

/** Every output that a declaration names, those of its command first. */
export function declaredOuts({
  action,
  outputs,
}: Pick<TaskDeclaration, "action" | "outputs">): readonly OutDeclaration[] {
  return [...outsOf(action), ...outputs];
}

/** The pieces of a command, those of its lists one by one. */
export function partsOf(command: CommandDeclaration): Exclude<TemplatePart, { kind: "parts" }>[] {
  const flat = (part: TemplatePart): Exclude<TemplatePart, { kind: "parts" }>[] =>
    part.kind === "parts" ? part.parts.flatMap(flat) : [part];
  return (command.kind === "shell" ? command.parts : command.argv).flatMap(flat);
}
