import type {
  CommandDeclaration,
  FunctionDeclaration,
  OutDeclaration,
  Reference,
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

/** Everything that a task reads or waits for; with its label where the task has given it one. */
export function referencesIn({
  action,
  inputs,
  after,
}: TaskDeclaration): readonly { readonly label?: string; readonly reference: Reference }[] {
  const named =
    action.kind === "function" ? [] : [...partsOf(action), ...(action.kind === "exec" ? [action.stdin] : [])];
  const references = named.flatMap((part): readonly Reference[] => {
    if (part === undefined || part.kind === "text" || part.kind === "value") return [];
    if (part.kind === "list-argument") return [part.of];
    return part.kind === "out" || part.kind === "depfile" ? [] : [part];
  });
  return [...references.map((reference) => ({ reference })), ...inputs, ...after.map((reference) => ({ reference }))];
}

/** The pieces of a command, those of its lists one by one. */
export function partsOf(command: CommandDeclaration): Exclude<TemplatePart, { kind: "parts" }>[] {
  const flat = (part: TemplatePart): Exclude<TemplatePart, { kind: "parts" }>[] =>
    part.kind === "parts" ? part.parts.flatMap(flat) : [part];
  return (command.kind === "shell" ? command.parts : command.argv).flatMap(flat);
}
