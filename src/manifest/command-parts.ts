import type {
  ActionDeclaration,
  CommandDeclaration,
  OutDeclaration,
  Reference,
  TaskDeclaration,
  TemplatePart,
} from "./declaration.ts";

/** The outputs that a command names; a function names none. */
export function outsOf(command: ActionDeclaration): OutDeclaration[] {
  if (command.kind === "function" || command.kind === "python") return [];
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

/** Visits everything that a task reads or waits for, with its label where the task has given it one. Each unit of a fan-out is asked. */
export function visitReferences(
  { action, inputs, after }: TaskDeclaration,
  visit: (reference: Reference, label?: string) => void,
): void {
  if (action.kind === "python" && action.interpreter !== undefined) visit(action.interpreter);
  if (action.kind === "shell" || action.kind === "exec")
    visitParts(action.kind === "shell" ? action.parts : action.argv, visit);
  if (action.kind === "exec" && action.stdin !== undefined) visit(action.stdin);
  for (const { label, reference } of inputs) visit(reference, label);
  for (const reference of after) visit(reference);
}

function visitParts(parts: readonly TemplatePart[], visit: (reference: Reference) => void): void {
  for (const part of parts)
    if (part.kind === "parts") visitParts(part.parts, visit);
    else if (part.kind === "list-argument") visit(part.of);
    else if (part.kind !== "text" && part.kind !== "value" && part.kind !== "out" && part.kind !== "depfile")
      visit(part);
}

/** The pieces of a command, those of its lists one by one. */
export function partsOf(command: CommandDeclaration): Exclude<TemplatePart, { kind: "parts" }>[] {
  const flat = (part: TemplatePart): Exclude<TemplatePart, { kind: "parts" }>[] =>
    part.kind === "parts" ? part.parts.flatMap(flat) : [part];
  return (command.kind === "shell" ? command.parts : command.argv).flatMap(flat);
}
