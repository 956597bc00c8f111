import type { Reason } from "../../model/decision.ts";
import type { Event } from "../../model/event.ts";
import { printable } from "../../model/printable.ts";
import type { Accepted, RoundTasks } from "../../run/session/options.ts";
import { describeChanges } from "../explain/changes.ts";
import { describeReason } from "../explain/reason.ts";
import { localTime } from "../text/time.ts";

type Ended = Event & { readonly kind: "task-ended" };

/** What came of accepting results. Ids of tasks. */
export interface AcceptSummary {
  /** `record`: the attempt whose result counts now. */
  readonly accepted: readonly { readonly task: string; readonly record: string; readonly reason: Reason }[];
  /** Their results counted already. */
  readonly fresh: readonly string[];
  readonly left: readonly { readonly task: string; readonly why: string }[];
}

/** Gathers which of the named tasks took the results that they have. */
export class AcceptReport {
  #named: readonly string[] = [];
  readonly #ended = new Map<string, Ended>();
  readonly #accepted = new Map<string, Accepted>();

  note(event: Event): void {
    if (event.kind === "task-ended") this.#ended.set(event.task, event);
  }

  readonly noteRound = ({ named }: RoundTasks): void => {
    this.#named = [...named];
  };

  readonly noteAccepted = (accepted: Accepted): void => {
    this.#accepted.set(accepted.task, accepted);
  };

  get summary(): AcceptSummary {
    const rest = this.#named.filter((id) => !this.#accepted.has(id));
    const isFresh = (id: string): boolean => ["fresh", "restored"].includes(this.#ended.get(id)?.result ?? "");
    return {
      accepted: [...this.#accepted.values()].map(({ task, record, reason }) => ({ task, record: record.id, reason })),
      fresh: rest.filter(isFresh),
      left: rest.filter((id) => !isFresh(id)).map((task) => ({ task, why: whyLeft(this.#ended.get(task)) })),
    };
  }

  lines(color: boolean): readonly string[] {
    const { accepted, fresh, left } = this.summary;
    return [
      ...[...this.#accepted.values()].flatMap((one) => acceptedLines(one, color)),
      ...left.map(({ task, why }) => `left ${printable(task)}: ${printable(why)}`),
      `accepted ${accepted.length}, fresh ${fresh.length}, left ${left.length}`,
    ];
  }
}

function acceptedLines({ task, record, reason }: Accepted, color: boolean): string[] {
  const changes = reason.kind === "changed" ? describeChanges(reason.changes, { color }) : [describeReason(reason)];
  return [
    `accepted ${printable(task)}: its result of ${localTime(record.started)} counts, though`,
    ...changes.map((line) => `  ${line}`),
  ];
}

function whyLeft(ended: Ended | undefined): string {
  if (ended === undefined) return "the command ended before";
  const [problem] = ended.failure?.diagnostics ?? [];
  if (problem !== undefined) return problem.message;
  const { reason } = ended;
  if (reason.kind === "upstream-skipped") return `${reason.task} would run first: inc run or inc accept that one`;
  return reason.kind === "not-found"
    ? "it has no result: its last attempt that ended well made other outputs than it declares now, or their bytes are not here"
    : describeReason(reason);
}
