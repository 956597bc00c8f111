import { visitReferences } from "../../manifest/command-parts.ts";
import type { EachDeclaration, Reference, TaskDeclaration } from "../../manifest/declaration.ts";
import { joined } from "./place.ts";

const NONE: ReadonlyMap<string, TaskDeclaration> = new Map();

/**
 * Tasks of inc's own in an element, which no export and no record names: the records of a file, a part of a value. They have the
 * name of what needs them, and of the input that they are for: `rows.records`, `report.total.pick`.
 */
export function ownTasks(
  tasks: ReadonlyMap<string, TaskDeclaration>,
  inner: ReadonlyMap<string, EachDeclaration>,
): ReadonlyMap<string, TaskDeclaration> {
  if (!hasOwn(tasks, inner)) return NONE;
  const own = new Map<string, TaskDeclaration>();
  const seen = new Set(tasks.values());
  const add = (place: string, task: TaskDeclaration | undefined): void => {
    const kind = task && kindOf(task);
    if (task === undefined || kind === undefined || seen.has(task)) return;
    seen.add(task);
    const name = joined(place, kind);
    let free = name;
    for (let n = 2; own.has(free) || tasks.has(free); n += 1) free = `${name}#${n}`;
    own.set(free, task);
    visitReferences(task, (reference) => add(free, makerOf(reference)));
  };
  for (const [name, { over }] of inner) if (over.kind === "made") add(name, over.of);
  for (const [name, task] of tasks)
    visitReferences(task, (reference, label = "") => {
      const maker = makerOf(reference);
      if (maker !== undefined) add(joined(name, label), maker);
    });
  return own;
}

/** True for few units: of many thousands, each is asked. */
function hasOwn(tasks: ReadonlyMap<string, TaskDeclaration>, inner: ReadonlyMap<string, EachDeclaration>): boolean {
  let has = false;
  const look = (task: TaskDeclaration | undefined): void => {
    has ||= task !== undefined && kindOf(task) !== undefined;
  };
  for (const { over } of inner.values()) if (over.kind === "made") look(over.of);
  for (const task of tasks.values()) visitReferences(task, (reference) => look(makerOf(reference)));
  return has;
}

/** Undefined: the manifest declares it. */
function kindOf({ action }: TaskDeclaration): string | undefined {
  if (action.kind !== "function") return undefined;
  if (action.records !== undefined) return "records";
  return action.picks === undefined ? undefined : "pick";
}

function makerOf(reference: Reference): TaskDeclaration | undefined {
  const of = reference.kind === "projection" ? reference.of : reference;
  return of.kind === "task" ? of : undefined;
}
