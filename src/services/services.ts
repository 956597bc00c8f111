import { dependencies } from "../graph/dependencies.ts";
import { unlessAborted } from "../host/abort.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Fingerprint } from "../model/digest.ts";
import type { ServiceEvent } from "../model/event.ts";
import type { Task } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import { ServiceJournal } from "./journal.ts";
import { lossProblem, startProblem } from "./problems.ts";
import { type Ending, ServiceProcess, type ServiceSpec } from "./process.ts";

export interface ServicesOptions {
  /** The store's directory, absolute. */
  readonly storeDirectory: string;
  /** A crashed service is started again. */
  readonly restarts: boolean;
  readonly emit: (event: ServiceEvent) => void;
  /** A service that tasks needed in vain is ready now. */
  readonly recovered: () => void;
}

interface Known {
  task: Task;
  /** Covers everything whose change makes it another service. */
  identity: string;
  readonly process: ServiceProcess;
}

/** The services of a pipeline: started when they are needed, replaced when they are declared otherwise, and stopped. */
export class Services {
  readonly #options: ServicesOptions;
  readonly #journal: ServiceJournal;
  readonly #known = new Map<string, Known>();
  /** Ids in the order of their starts: each after the services that it needs. */
  readonly #started = new Set<string>();
  /** Ids of services that a task needed in vain, until they are ready. */
  readonly #owing = new Set<string>();
  /** Id → why its start failed in this run: tasks that need it later fail at once. */
  readonly #failures = new Map<string, Diagnostic>();
  #asked: Promise<readonly Diagnostic[]>[] = [];
  #changed: () => void = () => {};

  constructor(options: ServicesOptions) {
    this.#options = options;
    this.#journal = new ServiceJournal(options.storeDirectory);
  }

  /**
   * Takes note of a service as this run found it. A running one that is declared otherwise now is stopped, and started
   * again when it was asked for.
   * @param prepare Called only when the service is new or declared otherwise.
   * @param asked It is to run though no attempt needs it.
   */
  declare(
    task: Task,
    fingerprint: Fingerprint,
    prepare: () => Result<ServiceSpec>,
    asked: boolean,
  ): readonly Diagnostic[] {
    const identity = JSON.stringify([fingerprint, task.service]);
    const known = this.#known.get(task.id);
    if (known === undefined || known.identity !== identity) {
      const spec = prepare();
      if (!spec.ok) return spec.diagnostics;
      if (known === undefined)
        this.#known.set(task.id, { task, identity, process: this.#processOf(task.id, spec.value) });
      else {
        known.process.replace(spec.value);
        this.#failures.delete(task.id);
        known.identity = identity;
      }
    }
    const now = this.#known.get(task.id) as Known;
    now.task = task;
    const { phase } = now.process;
    if (asked && (phase === "idle" || phase === "ending")) this.#asked.push(this.#bringUp(task.id));
    return [];
  }

  /** Resolves once all services that a task needs are ready, with why some are not, or when the signal is aborted. */
  async ensure(task: Task, signal: AbortSignal): Promise<readonly Diagnostic[]> {
    const needs = this.#needs(task);
    const problems = await unlessAborted(Promise.all(needs.map((id) => this.#bringUp(id))), signal);
    if (problems === undefined) return [];
    const lost = needs.map((id) => this.#known.get(id) as Known).filter(({ process }) => process.phase !== "ready");
    const found = problems.flat();
    return unique(found.length > 0 ? found : lost.map((known) => startProblem(known.task, known.process)));
  }

  /** The result, when called, says which of the services that a task needs have ended meanwhile. */
  guard(task: Task): () => readonly Diagnostic[] {
    const lives = this.#needs(task).map(
      (id) => [this.#known.get(id) as Known, this.#known.get(id)?.process.life] as const,
    );
    return () =>
      lives.flatMap(([{ task: service, process }, life]) => {
        if (process.life === life) return [];
        if (process.phase === "ready") this.#options.recovered();
        else this.#owing.add(service.id);
        return [lossProblem(service, process, task)];
      });
  }

  /**
   * Ends a run: resolves once each service that the run asked for is ready or its start has failed, or when the signal
   * is aborted. The next run tries failed services again.
   */
  async settle(signal: AbortSignal): Promise<readonly Diagnostic[]> {
    const problems = await unlessAborted(Promise.all(this.#asked.splice(0)), signal);
    this.#failures.clear();
    return unique(problems?.flat() ?? []);
  }

  isReady(id: string): boolean {
    return this.#known.get(id)?.process.phase === "ready";
  }

  /** Ids of the services that are not ready yet. */
  starting(): readonly string[] {
    return [...this.#known].filter(([, { process }]) => process.phase === "starting").map(([id]) => id);
  }

  /** Stops a service that tasks wait for, because its declaration is outdated. */
  abandon(id: string): void {
    void this.#known.get(id)?.process.stop();
  }

  /**
   * Stops all services in the opposite order of their starts, but `spared` ones and those that they need. Resolves when
   * they are gone.
   */
  async stop(spared: (id: string) => boolean = () => false): Promise<void> {
    const order = [...this.#started].reverse();
    const needed = new Set<string>();
    for (const id of order)
      if (needed.has(id) || spared(id))
        for (const each of [id, ...this.#needs((this.#known.get(id) as Known).task)]) needed.add(each);
    for (const id of order) {
      if (needed.has(id)) continue;
      this.#started.delete(id);
      await this.#known.get(id)?.process.stop();
      this.#known.delete(id);
    }
  }

  /**
   * Resolves when a service has crashed (1), when all have ended by themselves (0), or when the signal is aborted
   * (130).
   */
  async ended(signal: AbortSignal): Promise<0 | 1 | 130> {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
      const all = [...this.#known.values()].map(({ process }) => process).filter(({ phase }) => phase !== "idle");
      if (signal.aborted) return 130;
      const over = all.filter(({ phase }) => phase === "failed");
      if (over.some(({ ending }) => ending.exit !== 0)) return 1;
      if (over.length === all.length) return 0;
      await unlessAborted(changed, signal);
    }
  }

  async close(): Promise<void> {
    await this.stop();
    this.#journal.close();
  }

  /** Starts a service and all that it needs; resolves with why it is not ready. */
  async #bringUp(id: string): Promise<readonly Diagnostic[]> {
    const { task, process } = this.#known.get(id) as Known;
    const problems = await Promise.all(this.#needs(task).map((needed) => this.#bringUp(needed)));
    if (problems.some(({ length }) => length > 0)) return problems.flat();
    // Services are stopped in the opposite order of their starts.
    if (process.phase !== "ready") this.#started.delete(id);
    this.#started.add(id);
    const before = process.phase === "ready" ? undefined : this.#failures.get(id);
    if (before !== undefined) return [before];
    if (await process.start()) return [];
    if (process.ending.cause === "stopped") return [];
    this.#owing.add(id);
    const problem = startProblem(task, process);
    this.#failures.set(id, problem);
    return [problem];
  }

  /** Ids of the services that have to be ready for a task. */
  #needs(task: Task): readonly string[] {
    return [...dependencies(task)].filter((id) => this.#known.has(id));
  }

  #processOf(service: string, spec: ServiceSpec): ServiceProcess {
    const { emit, restarts, recovered } = this.#options;
    return new ServiceProcess(spec, restarts, {
      spawning: () => this.#journal.begin(spec.id),
      started: (pid, { display }) => {
        this.#journal.spawned(spec.id, pid);
        emit({ kind: "service-started", service, command: display, pid, time: Date.now() });
      },
      ready: (duration, by) => {
        emit({ kind: "service-ready", service, by, duration, time: Date.now() });
        if (this.#owing.delete(service)) recovered();
      },
      printed: (line) => emit({ kind: "service-output", service, line, time: Date.now() }),
      gone: () => this.#journal.end(spec.id),
      ended: (ending, restartIn) => {
        emit({ kind: "service-ended", service, ...eventOf(ending), restartIn, time: Date.now() });
        this.#changed();
      },
    });
  }
}

function eventOf({ cause, exit, signal }: Ending) {
  return { cause, exit, signal };
}

/** A failed service that several others need is reported once. */
function unique(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((diagnostic) => [diagnostic.message, diagnostic])).values()];
}
