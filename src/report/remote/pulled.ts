import { worksInPlace } from "../../graph/mutations.ts";
import type { Event } from "../../model/event.ts";
import type { Task } from "../../model/graph.ts";
import { printable } from "../../model/printable.ts";
import type { RoundTasks } from "../../run/session/options.ts";
import { describeReason } from "../explain/reason.ts";

type Ended = Event & { readonly kind: "task-ended" };

/** What came of taking results. Ids of tasks. */
export interface PullSummary {
  /** Put in place, from the shared cache or from the store. */
  readonly restored: readonly string[];
  /** They were in place. */
  readonly fresh: readonly string[];
  readonly missing: readonly { readonly task: string; readonly why: string }[];
  /** They have no results that anyone could take. */
  readonly without: readonly string[];
}

/** Gathers how tasks ended while results were taken and nothing ran. */
export class Pulled {
  #tasks: readonly Task[] = [];
  readonly #ended = new Map<string, Ended>();

  readonly noteRound = ({ tasks }: RoundTasks): void => {
    this.#tasks = tasks.filter(({ service }) => service === undefined);
  };

  note(event: Event): void {
    if (event.kind === "task-ended") this.#ended.set(event.task, event);
  }

  get summary(): PullSummary {
    const idsOf = (result: string): string[] =>
      this.#tasks.flatMap(({ id }) => (this.#ended.get(id)?.result === result ? [id] : []));
    const others = this.#tasks.filter(({ id }) => !["restored", "fresh"].includes(this.#ended.get(id)?.result ?? ""));
    const isWithout = (task: Task): boolean =>
      task.rerun === "always" || worksInPlace(task) || this.#ended.get(task.id)?.reason.kind === "manual";
    return {
      restored: idsOf("restored"),
      fresh: idsOf("fresh"),
      missing: others
        .filter((task) => !isWithout(task))
        .map(({ id }) => ({ task: id, why: whyMissing(this.#ended.get(id)) })),
      without: others.filter(isWithout).map(({ id }) => id),
    };
  }

  get lines(): readonly string[] {
    const { restored, fresh, missing, without } = this.summary;
    const left =
      without.length === 0
        ? []
        : [`${without.map(printable).join(", ")}: nothing to take, as inc run decides anew each time`];
    const total = restored.length + fresh.length + missing.length;
    return [
      ...left,
      ...missing.map(({ task, why }) => `missing ${printable(task)}: ${printable(why)}`),
      `${total} ${total === 1 ? "result" : "results"}: ${restored.length} put in place, ${fresh.length} were there, ${missing.length} missing`,
    ];
  }
}

function whyMissing(ended: Ended | undefined): string {
  if (ended === undefined) return "the command ended before";
  const [problem] = ended.failure?.diagnostics ?? [];
  return problem?.message ?? describeReason(ended.reason);
}
