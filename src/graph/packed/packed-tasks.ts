import type { Task } from "../../model/graph.ts";
import { align } from "../changed-tasks.ts";
import {
  type Leaf,
  leafAt,
  Models,
  type ModelTask,
  type Part,
  partOf,
  type Step,
  type Way,
  waysIn,
} from "./task-models.ts";

/**
 * Tasks as JSON in which what many have in common stands once: the 100,000 units of an `each` differ in their names, keys and paths,
 * and in little else. That is a tenth of the text to write and to parse, and the tasks that are made of it share the parts that
 * are alike in memory. What differs is in columns, so that no object is made for a task in between.
 */
export interface PackedTasks {
  readonly models: readonly Model[];
  /** The numbers of the models of the tasks, in their order, each with how many such tasks follow one another; -1: they are like no other. */
  readonly order: readonly (readonly [model: number, count: number])[];
  /** Tasks that are like no other, in their order. */
  readonly whole: readonly Task[];
}

/** A task, and the places in which others differ from it. */
interface Model {
  readonly task: Task;
  readonly varies: readonly Way[];
  /** By place: what is there in each of the tasks that are like it, in their order. */
  readonly leaves: readonly (readonly Leaf[])[];
}

/** Tasks that were packed before. */
export interface PackedBefore {
  readonly tasks: readonly Task[];
  readonly packed: PackedTasks;
}

const WHOLE = -1;

/** @param before Most of the tasks, packed: what it has of them is taken over. */
export function packTasks(tasks: readonly Task[], before?: PackedBefore): PackedTasks {
  return new Packing(before?.packed).pack(tasks, before?.tasks ?? []);
}

/** Tasks that are like a model: each itself, or its row among those that were like it before. */
interface Alike {
  readonly model: ModelTask;
  readonly before: Model | undefined;
  readonly tasks: (Task | number)[];
}

class Packing {
  readonly #models = new Models();
  readonly #alike: Alike[] = [];
  readonly #order: [model: number, count: number][] = [];
  readonly #whole: Task[] = [];
  readonly #before: PackedTasks;

  constructor(before: PackedTasks = { models: [], order: [], whole: [] }) {
    this.#before = before;
    for (const model of before.models)
      this.#alike.push({ model: this.#models.add(model.task, model.varies) as ModelTask, before: model, tasks: [] });
  }

  pack(tasks: readonly Task[], before: readonly Task[]): PackedTasks {
    const { models, rows } = placesOf(this.#before, before.length);
    align(before, tasks, {
      both: (i, j) => this.#add(tasks[j] as Task, models[i] as number, rows[i] as number),
      gone() {},
      come: (j) => this.#choose(tasks[j] as Task),
    });
    // Models of tasks that are all gone have no number any more.
    const used = this.#alike.filter((alike) => alike.tasks.length > 0);
    const numbers = this.#alike.map((alike) => used.indexOf(alike));
    return {
      models: used.map(modelOf),
      order: this.#order.map(([model, count]) => [numbers[model] ?? WHOLE, count]),
      whole: this.#whole,
    };
  }

  #choose(task: Task): void {
    const model = this.#models.of(task);
    if (model !== undefined) this.#alike[model.index] ??= { model, before: undefined, tasks: [] };
    this.#add(task, model?.index ?? WHOLE);
  }

  /** @param row Among those that were like the model before; absent: it was not. */
  #add(task: Task, model: number, row?: number): void {
    const last = this.#order.at(-1);
    if (last?.[0] === model) last[1] += 1;
    else this.#order.push([model, 1]);
    (this.#alike[model]?.tasks ?? this.#whole).push((model === WHOLE ? undefined : row) ?? task);
  }
}

/** By place: the model of a task, and its row among those that are like it. */
function placesOf({ order, models: { length } }: PackedTasks, count: number): { models: Int32Array; rows: Int32Array } {
  const [models, rows] = [new Int32Array(count), new Int32Array(count)];
  const next = new Int32Array(length);
  let at = 0;
  for (const [model, alike] of order)
    for (let i = 0; i < alike; i += 1) {
      models[at] = model;
      if (model !== WHOLE) {
        const row = next[model] as number;
        rows[at] = row;
        next[model] = row + 1;
      }
      at += 1;
    }
  return { models, rows };
}

function modelOf({ model: { task, parts }, before, tasks }: Alike): Model {
  const known = new Map(before?.varies.map((way, i) => [JSON.stringify(way), before.leaves[i]]));
  const varies = waysIn(parts);
  const leaves = varies.map((way) => {
    const column = known.get(JSON.stringify(way));
    const standing = leafAt(partOf(task), way);
    return tasks.map((one): Leaf => {
      if (typeof one !== "number") return leafAt(partOf(one), way);
      // What varies only since then was the same in all of them.
      return column === undefined ? standing : (column[one] as Leaf);
    });
  });
  return { task, varies, leaves };
}

export function unpackTasks({ models, order, whole }: PackedTasks): readonly Task[] {
  const changes = models.map(({ varies }) => changesAt(varies));
  const next = new Int32Array(models.length);
  const tasks: Task[] = [];
  let single = 0;
  for (const [number, count] of order)
    for (let i = 0; i < count; i += 1) {
      const model = models[number];
      if (model === undefined) {
        tasks.push(whole[single] as Task);
        single += 1;
        continue;
      }
      const row = next[number] as number;
      next[number] = row + 1;
      tasks.push(changedTask(model.task, changes[number] as Changes, [model.leaves, row]));
    }
  return tasks;
}

/** What is otherwise in a copy: by place, a step and the column of a leaf, or changes inside. */
interface Changes {
  readonly steps: Step[];
  readonly changes: (number | Changes)[];
}

function changesAt(varies: readonly Way[]): Changes {
  const all: Changes = { steps: [], changes: [] };
  varies.forEach((way, i) => {
    let inner = all;
    for (const step of way.slice(0, -1)) inner = changesIn(inner, step);
    inner.steps.push(way.at(-1) as Step);
    inner.changes.push(i);
  });
  return all;
}

/** The changes inside at a step. */
function changesIn({ steps, changes }: Changes, step: Step): Changes {
  const at = steps.indexOf(step);
  if (at >= 0) return changes[at] as Changes;
  const inner: Changes = { steps: [], changes: [] };
  steps.push(step);
  changes.push(inner);
  return inner;
}

/**
 * A copy of the task of a model with the leaves of a row. Tasks are copied in a place of their own, as V8 copies objects by their shape where it
 * meets few of those: 100,000 took 1.4 to 1.9 times as long where their parts were copied as well.
 */
function changedTask(task: Task, changes: Changes, row: Row): Task {
  return change({ ...task } as unknown as Copy, changes, row) as unknown as Task;
}

function changed(part: Part, changes: Changes, row: Row): Part {
  if (Array.isArray(part)) return change(part.slice() as unknown as Copy, changes, row);
  return change({ ...(part as object) } as Copy, changes, row);
}

type Copy = { [step: Step]: Part };

function change(copy: Copy, { steps, changes }: Changes, row: Row): Copy {
  for (let i = 0; i < steps.length; i += 1) {
    const [step, inner] = [steps[i] as Step, changes[i] as number | Changes];
    copy[step] = typeof inner === "number" ? leafIn(row, inner) : changed(copy[step] as Part, inner, row);
  }
  return copy;
}

/** The columns of a model, and a row of them. */
type Row = readonly [leaves: Model["leaves"], row: number];

function leafIn([leaves, row]: Row, column: number): Leaf {
  return (leaves[column] as readonly Leaf[])[row] as Leaf;
}
