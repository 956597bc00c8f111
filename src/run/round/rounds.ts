import { phase } from "../../host/phases.ts";
import type { SetNode } from "../../model/description.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";
import { Flights } from "../attempt/flights.ts";
import { RunPins } from "../decide/pins.ts";
import type { Session } from "../session/session.ts";
import { saidOfWriters, writersOf } from "../session/writers.ts";
import type { Outcomes } from "./outcomes.ts";
import { lookAtOutputs, movedSinceOpening } from "./outputs-look.ts";
import { Round } from "./round.ts";

/** How many rounds with moved inputs a run goes through before it gives up. */
export const ROUNDS = 3;

export interface Walked {
  /** With the graph of the last round. */
  readonly session: Session;
  readonly pins: RunPins;
  /** Paths that still moved in the last round. */
  readonly unsettled: readonly string[];
  /** Paths that the graph was made of and that changed: the graph no longer holds. */
  readonly outdated: readonly string[];
}

/** What walking asks of the graph. */
export interface GraphLook {
  /** Gives what the graph was made of and that changed. */
  changes(session: Session): readonly string[];
  /**
   * Evaluates the manifest again, now that tasks have made other things to fan out over.
   * @param goesOn True: what was seen so far still holds.
   */
  expand(session: Session, goesOn: boolean): Promise<Session>;
}

/**
 * Walks in rounds: what moved while attempts ran is pinned and decided anew, with everything downstream of it. The sweep
 * starts after the last attempt has ended, so that it misses no change.
 */
export async function walkUntilStill(session: Session, look: GraphLook): Promise<Walked> {
  const flights = new Flights();
  const releaseClock = session.workspace.clock.hold();
  try {
    return await walkRounds(session, flights, look);
  } finally {
    releaseClock();
    await flights.end();
    session.lookups?.close();
  }
}

async function walkRounds(begun: Session, flights: Flights, look: GraphLook): Promise<Walked> {
  let session = begun;
  const { workspace, objects } = session;
  let again: readonly string[] | undefined;
  // The table of an earlier round: time has passed since.
  let goesOn = false;
  // A round in which tasks only changed files in place, as they declare, is not one in which inputs kept changing.
  let inPlace = session.tasks.filter(({ mutates }) => mutates.length > 0).length;
  for (let left = ROUNDS; ; ) {
    // What attempts found to be inputs is looked up in the store: without that, they would run again.
    session.commits.flush();
    // What was seen on opening counts for the first round.
    if (again !== undefined || workspace.look === undefined) {
      workspace.pin(again);
      goesOn = false;
    }
    const { pins, outcomes } = await walkRound(session, flights);
    // What a run would do stands for no state of the inputs. A run that ends well does, even one that has only restored.
    const isAnswered = session.options.dry && !outcomes.tookTime && !outcomes.edited && !outcomes.expanding;
    if (isAnswered && !goesOn) return { session, pins, unsettled: [], outdated: [] };
    const moved = sweep(session, pins, outcomes, flights);
    again = [...moved, ...outcomes.doubtful, ...outcomes.lost];
    if (outcomes.expanding && !session.stop.signal.aborted) {
      // The moment for which a run vouches lies before the opening look: with a new graph too, as long as nothing of this round has moved.
      goesOn = again.length === 0 && !outcomes.edited && flights.size === 0 && workspace.look !== undefined;
      session = await look.expand(session, goesOn);
      if (goesOn) again = undefined;
      await flights.leave(session.tasks);
      continue;
    }
    const outdated = look.changes(session);
    if (outdated.length > 0) return { session, pins, unsettled: [], outdated };
    // After a put cancelled an attempt, every task is decided anew by the latest versions.
    if (outcomes.edited) objects.renew(session.store);
    const isStill = again.length === 0 && !outcomes.edited && flights.size === 0;
    if (isStill || session.stop.signal.aborted) return { session, pins, unsettled: [], outdated };
    const mutated = new Set(outcomes.mutated);
    if (inPlace > 0 && mutated.size > 0 && moved.every((path) => mutated.has(path))) inPlace -= 1;
    // Edits under watch are not limited, a task is in doubt only a few times, and a result is lost once.
    else if (moved.length > 0 && !outcomes.edited) left -= 1;
    if (left === 0) return { session, pins, unsettled: [...new Set(moved)], outdated };
  }
}

async function walkRound(session: Session, flights: Flights): Promise<{ pins: RunPins; outcomes: Outcomes }> {
  const { workspace, ledger, graph, params, objects, store, options } = session;
  options.onRound?.(session);
  const claims = ledger.claims(graph.tasks);
  const loadNode = (digest: Digest): SetNode | undefined => store.history.node(digest);
  const pins = new RunPins({ workspace, claims, graph, params, objects, loadNode });
  const round = new Round(session, pins, flights);
  await round.walk();
  return { pins, outcomes: round.outcomes };
}

/** What is no longer as the round took it. */
function sweep(session: Session, pins: RunPins, outcomes: Outcomes, flights: Flights): readonly string[] {
  const look = (): readonly string[] => {
    flights.carry();
    session.workspace.index.relist();
    return [
      ...outcomes.moved,
      ...outcomes.mutated,
      ...pins.moved(),
      ...pins.sets.moved(),
      ...lookAtOutputs(session, pins, flights),
      ...movedSinceOpening(session, pins),
    ];
  };
  return phase("files", "sweep", look, () => `${pins.used.length} paths`);
}

/** The diagnostic for inputs or outputs that did not settle. */
export function neverStill(session: Session, paths: readonly string[]): Diagnostic {
  const [first = "", ...rest] = paths;
  return {
    code: "INC4203",
    severity: "error",
    message: `"${first}"${rest.length === 0 ? "" : ` and ${rest.length} more`} kept changing while tasks that read or made it ran`,
    notes: [
      { message: `it was last changed ${saidOfWriters(writersOf(session, first))}` },
      { message: `results of inputs that moved were not stored, and inc gave up after ${ROUNDS} rounds` },
    ],
    help: ["stop the program that writes there, or declare the file as the output of a task, then run again"],
  };
}
