import { predecessors } from "../graph/dependencies.ts";
import type { Task } from "../model/graph.ts";
import { Gathering } from "./gathering.ts";
import type { ReadyQueue } from "./ready-queue.ts";
import { type Slot, Vacated } from "./vacated.ts";

/**
 * What happens to a task. `run`: its attempt is queued; `fetch`: a look-up of its result elsewhere is queued, after which the
 * task is decided again; `land`: running attempts are awaited; `ended`: nothing more happens.
 */
export type Verdict = "run" | "fetch" | "land" | "ended";

/** What the scheduler calls. No handler may throw for an expected failure. */
export interface Handlers {
  /** Called for each task once its predecessors have ended, well or not. Gives a promise only where it takes long. */
  decide(task: Task): Verdict | Promise<Verdict>;
  /**
   * Runs a task, and those that one call makes with it. Resolves when all have ended, well or not.
   * @param ended May be called for each as soon as it has ended.
   */
  attempt(task: Task, mates: readonly Task[], ended: (task: Task) => void, slot: Slot): Promise<unknown>;
  /** Looks up a task's result elsewhere; resolves when the answer is there, or will not come. */
  fetch?(task: Task): Promise<void>;
  /** Awaits running attempts. `again`: the task is decided once more. */
  land?(task: Task): Promise<"ended" | "again">;
  /** True for a task that is decided before all others, and started before those are decided. */
  urgent?(task: Task): boolean;
  /** True once the walk is to end early: nothing is decided any more. */
  isOver?(): boolean;
  /** Attempts that an earlier walk began. They hold their share of the queue until they have ended. */
  readonly carried?: readonly Carried[];
}

export interface Carried {
  readonly task: Task;
  readonly ended: Promise<unknown>;
}

/** Tasks that wait for their turn. Look-ups and attempts do not compete for the same resources. */
export interface Queues {
  readonly attempts: ReadyQueue;
  readonly lookups: ReadyQueue;
}

/**
 * Walks a graph from its sources. A task's states:
 *
 *     blocked ──all predecessors ended──▶ decided ──▶ ended
 *                                      ▲ │ │ └──▶ queued ──fits jobs and pools──▶ running ─▶ ended
 *                                      │ │ └──▶ queued ──fits look-ups──▶ fetching ──again─┐
 *                                      │ └──▶ landing ──▶ ended                            │
 *                                      │        └──again───────────────────────────────────┤
 *                                      └───────────────────────────────────────────────────┘
 *
 * Nothing more of a running task may run, though it has not ended (`vacated.ts`): it leaves the queue, and may queue once more.
 * Resolves when every task has ended. Predecessors that are not among `tasks` are no part of this run.
 */
export function schedule(tasks: readonly Task[], queues: Queues, handlers: Handlers): Promise<void> {
  return new Walk(tasks, queues, handlers).toEnd();
}

class Walk {
  readonly #queues: Queues;
  readonly #handlers: Handlers;
  /** By the id of each of the tasks that they wait for. */
  readonly #waiting: ReadonlyMap<string, readonly Waiting[]>;
  /** To be decided. */
  readonly #unblocked: Task[];
  readonly #gathering = new Gathering();
  /** Ids of tasks that were looked up, and are to be decided again. */
  readonly #lookedUp = new Set<string>();
  /** How many tasks have not ended. */
  #left: number;
  #landing = 0;
  readonly #vacated: Vacated;
  #wake: () => void = () => {};
  /** The first exception. It is thrown once nothing runs any more: nothing else would end what runs. */
  #failure: { readonly error: unknown } | undefined;

  constructor(tasks: readonly Task[], queues: Queues, handlers: Handlers) {
    this.#queues = queues;
    this.#handlers = handlers;
    this.#vacated = new Vacated(queues.attempts);
    const { unblocked, waiting } = edges(tasks);
    this.#waiting = waiting;
    this.#left = tasks.length;
    this.#unblocked = unblocked;
    if (handlers.urgent !== undefined)
      this.#unblocked.sort((a, b) => Number(this.#isUrgent(b)) - Number(this.#isUrgent(a)));
  }

  async toEnd(): Promise<void> {
    this.#occupyCarried();
    for (;;) {
      await this.#decideUnblocked();
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#startAll();
      // A carried attempt may outlast the walk when no task waits for it.
      if (this.#left === 0 || this.#isIdle) break;
      await woken;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  get #isIdle(): boolean {
    const { attempts, lookups } = this.#queues;
    return attempts.running + lookups.running + this.#landing + this.#vacated.size === 0;
  }

  #isUrgent(task: Task): boolean {
    return this.#handlers.urgent?.(task) === true;
  }

  #occupyCarried(): void {
    for (const { task, ended } of this.#handlers.carried ?? []) {
      this.#queues.attempts.occupy(task);
      const release = (): void => {
        this.#queues.attempts.release(task);
        this.#wake();
      };
      ended.then(release, release);
    }
  }

  /** A task that ends at once unblocks others, which are decided in the same pass. */
  async #decideUnblocked(): Promise<void> {
    for (let next = 0; next < this.#unblocked.length; next += 1) {
      if (this.#handlers.isOver?.() === true) break;
      const task = this.#unblocked[next] as Task;
      const deciding = this.#decide(task);
      this.#act(task, deciding instanceof Promise ? await deciding : deciding);
      if (this.#lookedUp.delete(task.id)) this.#queue(this.#gathering.settle(task));
      const { attempts, lookups } = this.#queues;
      if (!this.#isUrgent(task) || attempts.size + lookups.size === 0) continue;
      // Others that one call makes with it may follow.
      const following = this.#unblocked[next + 1];
      if (task.batch !== undefined && following !== undefined && this.#isUrgent(following)) continue;
      this.#startAll();
      // Deciding blocks the thread: let the attempt start its process first.
      await new Promise(setImmediate);
    }
    this.#unblocked.length = 0;
  }

  #decide(task: Task): Verdict | Promise<Verdict> {
    try {
      const deciding = this.#handlers.decide(task);
      return deciding instanceof Promise ? deciding.catch((error: unknown) => this.#fail(error)) : deciding;
    } catch (error) {
      return this.#fail(error);
    }
  }

  #act(task: Task, verdict: Verdict): void {
    if (verdict === "run") this.#queue(this.#gathering.gather(task));
    else if (verdict === "fetch") {
      this.#gathering.expect(task);
      this.#queues.lookups.push(task);
    } else if (verdict === "land") this.#land(task);
    else this.#end(task);
  }

  #queue(tasks: readonly Task[]): void {
    for (const task of tasks) this.#queues.attempts.push(task);
  }

  #startAll(): void {
    const { attempts, lookups } = this.#queues;
    for (let task = lookups.take(); task !== undefined; task = lookups.take()) this.#fetch(task);
    for (let task = attempts.take(); task !== undefined; task = attempts.take())
      if (!this.#vacated.resume(task)) this.#attempt(task);
  }

  #attempt(task: Task): void {
    const { attempts } = this.#queues;
    const mates = attempts.takeMates(task);
    const running = new Set([task, ...mates]);
    const ended = (one: Task): void => {
      if (!running.delete(one)) return;
      if (running.size === 0) attempts.release(task);
      this.#vacated.end(one);
      this.#end(one);
      this.#wake();
    };
    const slot: Slot = {
      vacate: () => {
        // What one call makes holds one share of the queue.
        if (task.batch !== undefined || !running.has(task)) return;
        this.#vacated.vacate(task);
        this.#wake();
      },
      retake: () => {
        const retaken = this.#vacated.retake(task);
        this.#wake();
        return retaken;
      },
    };
    this.#handlers
      .attempt(task, mates, ended, slot)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => running.forEach(ended));
  }

  #fetch(task: Task): void {
    const fetching = this.#handlers.fetch?.(task) ?? Promise.resolve();
    const then = fetching.then(
      () => "again" as const,
      (error: unknown) => this.#fail(error),
    );
    this.#resume(task, then, () => {
      this.#queues.lookups.release(task);
      this.#lookedUp.add(task.id);
    });
  }

  #land(task: Task): void {
    this.#landing += 1;
    const landing = this.#handlers.land?.(task) ?? Promise.resolve("ended" as const);
    const then = landing.catch((error: unknown) => this.#fail(error));
    this.#resume(task, then, () => {
      this.#landing -= 1;
    });
  }

  #resume(task: Task, ended: Promise<"ended" | "again">, release: () => void): void {
    ended.then((then) => {
      release();
      if (then === "again") this.#unblocked.push(task);
      else this.#end(task);
      this.#wake();
    });
  }

  #end(task: Task): void {
    this.#left -= 1;
    // To put 100,000 units in order of which none is decided any more would be for nothing.
    if (this.#handlers.isOver?.() === true) return;
    const waiting = this.#waiting.get(task.id) ?? [];
    for (const one of waiting) one.left -= 1;
    for (const one of inOrder(waiting.filter(({ left }) => left === 0))) this.#unblocked.push(one);
  }

  #fail(error: unknown): "ended" {
    this.#failure ??= { error };
    return "ended";
  }
}

/** Tasks that wait for the same ones, as the units of an `each` often do. */
interface Waiting {
  readonly awaited: ReadonlySet<string>;
  /** In the order of the walk, with their places in it. */
  readonly tasks: Task[];
  readonly places: number[];
  /** How many of those that they wait for have not ended. */
  left: number;
}

/** Which tasks wait for others that are to end in this run, and which wait for none. */
function edges(tasks: readonly Task[]): {
  readonly unblocked: Task[];
  readonly waiting: ReadonlyMap<string, readonly Waiting[]>;
} {
  const all = gather(tasks);
  const awaited = new Set(all.flatMap((one) => [...one.awaited]));
  const waiting = new Map<string, Waiting[]>();
  for (const { id } of tasks) if (awaited.has(id)) waiting.set(id, []);
  for (const one of all)
    for (const id of one.awaited) {
      const others = waiting.get(id);
      others?.push(one);
      one.left += others === undefined ? 0 : 1;
    }
  return { unblocked: inOrder(all.filter(({ left }) => left === 0)), waiting };
}

function gather(tasks: readonly Task[]): readonly Waiting[] {
  const all = new Map<ReadonlySet<string>, Waiting>();
  for (let place = 0; place < tasks.length; place += 1) {
    const task = tasks[place] as Task;
    const awaited = predecessors(task);
    const alike = all.get(awaited) ?? { awaited, tasks: [], places: [], left: 0 };
    if (alike.tasks.length === 0) all.set(awaited, alike);
    alike.tasks.push(task);
    alike.places.push(place);
  }
  return [...all.values()];
}

function inOrder(all: readonly Waiting[]): Task[] {
  if (all.length === 1) return [...(all[0] as Waiting).tasks];
  const placed = all.flatMap(({ tasks, places }) => tasks.map((task, i) => [places[i] as number, task] as const));
  return placed.sort(([a], [b]) => a - b).map(([, task]) => task);
}
