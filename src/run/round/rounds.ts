import { phase } from "../../host/phases.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { Flights } from "../attempt/flights.ts";
import { RunPins } from "../decide/pins.ts";
import type { Session } from "../session/session.ts";
import { saidOfWriters, writersOf } from "../session/writers.ts";
import { lookAtOutputs } from "./outputs-look.ts";
import { Round } from "./round.ts";

/** How often what moved during a run is pinned and decided anew before the run gives up. */
export const ROUNDS = 3;

export interface Walked {
  readonly pins: RunPins;
  /** What would not rest. */
  readonly unsettled: readonly string[];
  /** What the graph was made of and is other by now: there is no use in going on with it. */
  readonly outdated: readonly string[];
}

/**
 * Rounds: what moved while attempts ran is pinned anew and decided anew, everything behind it included.
 * The sweep starts after the last attempt has ended, so that it sees all there was to see.
 * @param graphChanges Looks at what the graph was made of.
 */
export async function walkUntilStill(session: Session, graphChanges: () => readonly string[]): Promise<Walked> {
  const flights = new Flights();
  try {
    return await walkRounds(session, flights, graphChanges);
  } finally {
    await flights.end();
    session.lookups?.close();
  }
}

async function walkRounds(session: Session, flights: Flights, graphChanges: () => readonly string[]): Promise<Walked> {
  const { workspace, ledger, graph, params, objects } = session;
  let again: readonly string[] = [];
  for (let left = ROUNDS; ; ) {
    phase("files", "pin", () => workspace.pin(again));
    const pins = new RunPins({ workspace, claims: ledger.claims(graph.tasks), graph, params, objects });
    const round = new Round(session, pins, flights);
    await round.walk();
    const { outcomes } = round;
    // A walk that took no time saw one state of everything.
    if (!outcomes.tookTime && !outcomes.edited && flights.size === 0) return { pins, unsettled: [], outdated: [] };
    const moved = phase(
      "files",
      "sweep",
      () => {
        flights.carry();
        workspace.index.relist();
        return [...outcomes.moved, ...pins.moved(), ...pins.sets.moved(), ...lookAtOutputs(session, flights)];
      },
      () => `${pins.used.length} paths`,
    );
    again = [...moved, ...outcomes.doubtful];
    const outdated = graphChanges();
    if (outdated.length > 0) return { pins, unsettled: [], outdated };
    // Where a put cancelled an attempt, every task is decided anew by the versions that are the latest now.
    if (outcomes.edited) objects.renew(session.store);
    const isStill = again.length === 0 && !outcomes.edited && flights.size === 0;
    if (isStill || session.stop.signal.aborted) return { pins, unsettled: [], outdated };
    // Edits under watch may come as often as they like, and a task is in doubt but a few times.
    if (moved.length > 0 && !outcomes.edited) left -= 1;
    if (left === 0) return { pins, unsettled: [...new Set(moved)], outdated };
  }
}

/** What is said when inputs or outputs did not rest. */
export function neverStill(session: Session, paths: readonly string[]): Diagnostic {
  const [first = "", ...rest] = paths;
  return {
    code: "INC4203",
    severity: "error",
    message: `"${first}"${rest.length === 0 ? "" : ` and ${rest.length} more`} kept changing while tasks that read or made it ran`,
    notes: [
      { message: `it was last changed ${saidOfWriters(writersOf(session, first))}` },
      { message: `what ran on inputs that moved was not kept, and after ${ROUNDS} rounds inc gave up` },
    ],
    help: ["stop what writes there, or declare it as the output of a task, then run again"],
  };
}
