import type { Task } from "../model/graph.ts";

/**
 * Tasks as JSON in which what many have in common stands once: the 100,000 units of an `each` differ in their names, keys and paths,
 * and in little else. That is a tenth of the text to write and to parse, and the tasks that are made of it share the parts that
 * are alike in memory.
 */
export interface PackedTasks {
  readonly models: readonly Model[];
  /** In the order of the tasks. */
  readonly rows: readonly (LikeModel | Whole)[];
}

/** A task, and the places in which others differ from it. */
interface Model {
  readonly task: Task;
  readonly varies: readonly Way[];
}

/** Names of properties and numbers of items, from the task to a leaf. */
type Way = readonly Step[];
type Step = string | number;

/** The number of a model, and what is in those places. */
type LikeModel = readonly [model: number, ...leaves: Leaf[]];

type Whole = readonly [model: -1, task: Task];

type Leaf = string | number | boolean | null;
type Part = Leaf | { readonly [step: Step]: Part };

/** With how many models a task is compared. */
const MOST_ALIKE = 16;
/** A task that differs in more places is of another kind. */
const MOST_VARYING = 24;
/** Whatever has more parts, as a task that reads thousands of units, has no like. */
const MOST_PARTS = 500;

export function packTasks(tasks: readonly Task[]): PackedTasks {
  const models = new Models();
  const chosen = tasks.map((task) => models.of(task));
  const ways = new Map(models.all.map((model) => [model, waysIn(model.parts)]));
  return {
    models: models.all.map((model) => ({ task: model.task, varies: ways.get(model) as readonly Way[] })),
    rows: tasks.map((task, i) => {
      const model = chosen[i];
      if (model === undefined) return [-1, task];
      const row: [number, ...Leaf[]] = [model.index];
      for (const way of ways.get(model) as readonly Way[]) row.push(leafAt(partOf(task), way));
      return row;
    }),
  };
}

export function unpackTasks({ models, rows }: PackedTasks): readonly Task[] {
  const changes = models.map(({ varies }) => changesAt(varies));
  return rows.map((row) => {
    if (row[0] === -1) return row[1] as Task;
    const { task } = models[row[0]] as Model;
    return changed(partOf(task), changes[row[0]] as Changes, row as LikeModel) as unknown as Task;
  });
}

/** A task is JSON, or turns itself into JSON when it is written. */
function partOf(task: Task): Part {
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

interface ModelTask {
  readonly index: number;
  readonly task: Task;
  readonly parts: ModelPart;
}

/** Models found so far. */
class Models {
  readonly all: ModelTask[] = [];
  readonly #alike = new Map<string, ModelTask[]>();

  /** Undefined: the task has to be written as it is. */
  of(task: Task): ModelTask | undefined {
    const { group = "", action, inputs, outputs } = task;
    const sight = `${action.kind} ${inputs.length} ${outputs.length} ${group}`;
    const alike = this.#alike.get(sight) ?? [];
    this.#alike.set(sight, alike);
    const known = alike.find((model) => isLike(model, task));
    if (known !== undefined) return known;
    const parts = alike.length === MOST_ALIKE ? undefined : modelOf(partOf(task), { left: MOST_PARTS });
    if (parts === undefined) return undefined;
    const model = { index: this.all.length, task, parts };
    this.all.push(model);
    alike.push(model);
    return model;
  }
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
function waysIn({ steps, parts, varies }: ModelPart): readonly Way[] {
  if (steps === undefined) return varies ? [[]] : [];
  return parts.flatMap((part, i) => waysIn(part).map((way) => [steps[i] as Step, ...way]));
}

function leafAt(part: Part, way: Way): Leaf {
  let inner = part;
  for (const step of way) inner = (written(inner) as Exclude<Part, Leaf>)[step] as Part;
  return inner as Leaf;
}

/** What is otherwise in a copy, by the steps: the place of a leaf in its row, or changes inside. */
type Changes = Map<Step, number | Changes>;

function changesAt(varies: readonly Way[]): Changes {
  const all: Changes = new Map();
  varies.forEach((way, i) => {
    let inner = all;
    for (const step of way.slice(0, -1)) {
      const next = inner.get(step) ?? new Map();
      inner.set(step, next);
      inner = next as Changes;
    }
    // The number of the model comes first.
    inner.set(way.at(-1) as Step, i + 1);
  });
  return all;
}

function changed(part: Part, changes: Changes, row: LikeModel): Part {
  if (changes.size === 0) return part;
  const copy = (Array.isArray(part) ? [...part] : { ...(part as object) }) as { [step: Step]: Part };
  for (const [step, change] of changes)
    copy[step] = typeof change === "number" ? (row[change] as Leaf) : changed(copy[step] as Part, change, row);
  return copy;
}
