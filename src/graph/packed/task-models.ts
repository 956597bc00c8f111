import type { Task } from "../../model/graph.ts";

/** Names of properties and numbers of items, from the task to a leaf. */
export type Way = readonly Step[];
export type Step = string | number;

export type Leaf = string | number | boolean | null;
export type Part = Leaf | { readonly [step: Step]: Part };

/** With how many models a task is compared. */
const MOST_ALIKE = 16;
/** A task that differs in more places is of another kind. */
const MOST_VARYING = 24;
/** Whatever has more parts, as a task that reads thousands of units, has no like. */
const MOST_PARTS = 500;

/** A task is JSON, or turns itself into JSON when it is written. */
export function partOf(task: Task): Part {
  return task as unknown as Part;
}

/** What is written for a part: places of calls are only found then. */
function written(part: Part): Part {
  const { toJSON } = (part ?? {}) as { readonly toJSON?: unknown };
  return typeof toJSON === "function" ? (toJSON.call(part) as Part) : part;
}

/** A part of a task that others may be like. */
interface ModelPart {
  readonly value: Part;
  /** Undefined: it is a leaf. */
  readonly steps: readonly Step[] | undefined;
  readonly parts: readonly ModelPart[];
  /** For a leaf: others have something else in its place. */
  varies: boolean;
}

export interface ModelTask {
  readonly index: number;
  readonly task: Task;
  readonly parts: ModelPart;
}

/** Models found so far. */
export class Models {
  readonly #all: ModelTask[] = [];
  readonly #alike = new Map<string, ModelTask[]>();

  /** The model that a task is like, perhaps a new one. Undefined: the task has to be written as it is. */
  of(task: Task): ModelTask | undefined {
    return this.#likeIn(task).find((model) => isLike(model, task)) ?? this.add(task);
  }

  /**
   * Makes a task a model. Undefined: it has to be written as it is.
   * @param varies Ways to leaves that are otherwise in tasks that are like it.
   */
  add(task: Task, varies: readonly Way[] = []): ModelTask | undefined {
    const alike = this.#likeIn(task);
    const parts = alike.length === MOST_ALIKE ? undefined : modelOf(partOf(task), { left: MOST_PARTS });
    if (parts === undefined) return undefined;
    for (const way of varies) partAt(parts, way).varies = true;
    const model = { index: this.#all.length, task, parts };
    this.#all.push(model);
    alike.push(model);
    return model;
  }

  /** Models that a task may be like. */
  #likeIn({ group = "", action, inputs, outputs }: Task): ModelTask[] {
    const sight = `${action.kind} ${inputs.length} ${outputs.length} ${group}`;
    const alike = this.#alike.get(sight) ?? [];
    this.#alike.set(sight, alike);
    return alike;
  }
}

function partAt(part: ModelPart, way: Way): ModelPart {
  let inner = part;
  for (const step of way) inner = inner.parts[inner.steps?.indexOf(step) as number] as ModelPart;
  return inner;
}

/** Undefined: it is too much, or nothing that is the same when it is written and parsed. */
function modelOf(part: Part, room: { left: number }): ModelPart | undefined {
  const value = written(part);
  room.left -= 1;
  if (room.left < 0 || value === undefined) return undefined;
  if (isLeaf(value)) return { value, steps: undefined, parts: [], varies: false };
  const steps = stepsIn(value);
  const parts: ModelPart[] = [];
  for (const step of steps) {
    const inner = step === "__proto__" ? undefined : modelOf(value[step] as Part, room);
    if (inner === undefined) return undefined;
    parts.push(inner);
  }
  return { value, steps, parts, varies: false };
}

/** True for a task that differs from a model in leaves alone, which from then on vary. */
function isLike(model: ModelTask, task: Task): boolean {
  const found: ModelPart[] = [];
  if (!compare(model.parts, partOf(task), found)) return false;
  if (found.length > 0 && found.length + waysIn(model.parts).length > MOST_VARYING) return false;
  for (const leaf of found) leaf.varies = true;
  return true;
}

/** @param found Takes the leaves that differ and did not vary so far. */
function compare(model: ModelPart, part: Part | undefined, found: ModelPart[]): boolean {
  const { value, steps, parts } = model;
  if (value === part) return true;
  const other = part && written(part);
  if (other === undefined) return false;
  if (steps === undefined || isLeaf(other)) {
    if (steps === undefined && !model.varies) found.push(model);
    return steps === undefined && isLeaf(other);
  }
  if (!hasSteps(other, steps, Array.isArray(value))) return false;
  for (let i = 0; i < steps.length; i += 1)
    if (!compare(parts[i] as ModelPart, other[steps[i] as Step], found)) return false;
  return true;
}

function hasSteps(part: Exclude<Part, Leaf>, steps: readonly Step[], isArray: boolean): boolean {
  if (Array.isArray(part) !== isArray) return false;
  if (isArray) return part["length"] === steps.length;
  const names = Object.keys(part);
  if (names.length !== steps.length) return false;
  for (let i = 0; i < names.length; i += 1) if (names[i] !== steps[i]) return false;
  return true;
}

function isLeaf(part: Part): part is Leaf {
  return part === null || typeof part !== "object";
}

function stepsIn(part: Exclude<Part, Leaf>): readonly Step[] {
  return Array.isArray(part) ? [...part.keys()] : Object.keys(part);
}

/** The ways to all leaves that vary. */
export function waysIn({ steps, parts, varies }: ModelPart): readonly Way[] {
  if (steps === undefined) return varies ? [[]] : [];
  return parts.flatMap((part, i) => waysIn(part).map((way) => [steps[i] as Step, ...way]));
}

export function leafAt(part: Part, way: Way): Leaf {
  let inner = part;
  for (const step of way) inner = (written(inner) as Exclude<Part, Leaf>)[step] as Part;
  return inner as Leaf;
}
