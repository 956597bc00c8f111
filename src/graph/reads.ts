import type { Input, Task } from "../model/graph.ts";

/**
 * What a task reads, grouped by the questions that inc asks about it. Code that does not care about the kinds of inputs reads
 * these groups, so that a new kind concerns only this file and the switches over `Input`, which the compiler names.
 */
export interface Reads {
  /** Named files and directories that no task makes. */
  readonly sources: readonly InputOf<"file">[];
  /** Paths of those, and of what other tasks make. */
  readonly paths: readonly string[];
  /** Indexes into `Graph.sets`. */
  readonly sets: readonly number[];
  readonly objects: readonly InputOf<"object">[];
  /** Names, those in the environment of the command included. */
  readonly params: readonly string[];
  readonly variables: readonly string[];
  readonly tools: readonly string[];
  /** Ids of the tasks whose results it reads, and of the services that it needs. */
  readonly tasks: ReadonlySet<string>;
  /** Ids of the services alone. */
  readonly services: readonly string[];
}

export type InputOf<Kind extends Input["kind"]> = Input & { readonly kind: Kind };

/** True when it is known only after an attempt what else the task reads: by a depfile, or by what a function was seen to read. */
export function findsInputs({ action, depfiles }: Pick<Task, "action" | "depfiles">): boolean {
  return depfiles.length > 0 || action.kind === "function";
}

type Reader = Pick<Task, "inputs" | "env" | "expandedFrom">;

interface Sorted {
  readonly env: Reader["env"];
  readonly expandedFrom: Reader["expandedFrom"] | undefined;
  readonly reads: Reads;
}

/**
 * Tasks never change, so what one reads is sorted once; by their inputs, which units of a stored graph share where these do not depend
 * on the element (`packed/packed-tasks.ts`).
 */
const memo = new WeakMap<Reader["inputs"], Sorted>();

export function readsOf(task: Reader): Reads {
  const { inputs, env, expandedFrom } = task;
  const known = memo.get(inputs);
  if (known?.env === env && known.expandedFrom === expandedFrom) return known.reads;
  const reads = sortReads(task);
  memo.set(inputs, { env, expandedFrom, reads });
  return reads;
}

type Draft = { readonly [Key in keyof Reads]: Reads[Key] extends readonly (infer Item)[] ? Item[] : Set<string> };

function sortReads({ inputs, env, expandedFrom = [] }: Reader): Reads {
  const draft: Draft = {
    sources: [],
    paths: [],
    sets: [],
    objects: [],
    params: [],
    variables: [],
    tools: [],
    tasks: new Set(),
    services: [],
  };
  for (const input of inputs) sortInput(input, draft);
  for (const { task } of expandedFrom) draft.tasks.add(task);
  for (const binding of Object.values(env)) {
    if (binding.kind === "param") draft.params.push(binding.name);
    if (binding.kind === "env") draft.variables.push(binding.name);
  }
  return {
    sources: exact(draft.sources),
    paths: exact(draft.paths),
    sets: exact(draft.sets),
    objects: exact(draft.objects),
    params: exact(draft.params),
    variables: exact(draft.variables),
    tools: exact(draft.tools),
    tasks: draft.tasks,
    services: exact(draft.services),
  };
}

const NONE: readonly never[] = [];

/** The same items without the room to grow that `push` leaves: 17 places for the first, which 10,000 tasks would keep. */
function exact<T>(items: readonly T[]): readonly T[] {
  return items.length === 0 ? NONE : items.slice();
}

function sortInput(input: Input, draft: Draft): void {
  switch (input.kind) {
    case "file":
      draft.sources.push(input);
      draft.paths.push(input.path);
      return;
    case "files":
      draft.sets.push(input.set);
      return;
    case "param":
      draft.params.push(input.name);
      return;
    case "env":
      draft.variables.push(input.name);
      return;
    case "tool":
      draft.tools.push(input.name);
      return;
    case "object":
      draft.objects.push(input);
      return;
    case "artifact":
      draft.paths.push(input.path);
      draft.tasks.add(input.task);
      return;
    case "entry":
      draft.tasks.add(input.task);
      return;
    case "service":
      draft.tasks.add(input.task);
      draft.services.push(input.task);
      return;
    case "units":
      for (const { task, path } of input.items) {
        if (path !== undefined) draft.paths.push(path);
        draft.tasks.add(task);
      }
      return;
    default:
      input satisfies never;
  }
}
