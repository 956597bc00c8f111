/**
 * What watch does next, given what just happened. Pure: no clock, no timer, no file. `Watch` has those: it feeds
 * inputs in, and carries the effects out.
 *
 *     start ──▶ running ──ended──▶ quiet ◀──ended, nothing came──┐
 *                  ▲                 │ files, loss, store,        │
 *                  │                 │ service                    │
 *                  │                 ▼                            │
 *                  └──timer── settling ◀──ended, something came── running ──timer──▶ running (examine)
 *
 *     quiet, settling ──q, interrupt──▶ stopped
 *     running ──q, interrupt──▶ stopping ──ended──▶ stopped
 *
 * Changes during a run are examined once they have settled, so that attempts whose inputs changed are cancelled and
 * the run plans anew. They also wait for the end of the run: the next one begins then, at once if they have settled
 * by that time. A path is examined once each time it changes. Were it examined whenever another path changes, a path
 * that always looks changed would cancel the attempts that read it forever, since each of them writes files.
 */
export type WatchPhase = "running" | "settling" | "quiet" | "stopping" | "stopped";

/** The changes since the last run began. */
export interface Pending {
  readonly paths: ReadonlySet<string>;
  /** The paths that changed since the last `examine` of the run that goes on: each is examined once. */
  readonly unexamined: ReadonlySet<string>;
  /** Events were lost, or a key requested a run: everything is examined. */
  readonly all: boolean;
  /** Another process published an object or ended a run: the store is examined. */
  readonly store: boolean;
  /** Tasks that failed with the inputs that they have now run again, and with `force` also fresh ones. */
  readonly retry: boolean;
  readonly force: boolean;
  /** The times of the first and the last change, in milliseconds of the caller's clock. */
  readonly first: number;
  readonly last: number;
}

export interface State {
  readonly phase: WatchPhase;
  readonly pending: Pending | undefined;
}

export type Input =
  | { readonly kind: "start" }
  | { readonly kind: "files"; readonly paths: readonly string[]; readonly time: number }
  /** Events may be missing. */
  | { readonly kind: "loss"; readonly time: number }
  /** An object was published. */
  | { readonly kind: "store"; readonly time: number }
  /** A service is ready now that could not start when tasks needed it. */
  | { readonly kind: "service"; readonly time: number }
  | { readonly kind: "timer"; readonly time: number }
  /** @property paths Paths that changed since the run began, and differ from what the run read there. */
  | { readonly kind: "ended"; readonly paths: ReadonlySet<string>; readonly time: number }
  | { readonly kind: "key"; readonly key: string; readonly time: number }
  | { readonly kind: "interrupt" };

export type Effect =
  /** Begins a run, which ends with the input `ended`. */
  | { readonly kind: "run"; readonly pending: Pending }
  /** Cancels the attempts that read these paths or published objects before they changed, and plans the rest anew. */
  | { readonly kind: "examine"; readonly paths: readonly string[]; readonly store: boolean }
  /** Asks for the input `timer` at this time, instead of any earlier request. */
  | { readonly kind: "timer"; readonly at: number }
  /** All changes so far are part of a run that has ended. */
  | { readonly kind: "quiet" }
  | { readonly kind: "show"; readonly what: "why" | "failures" }
  /** Ends the run that goes on; the input `ended` follows once nothing of it is left. */
  | { readonly kind: "cancel" }
  | { readonly kind: "stop" };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const INITIAL: State = { phase: "quiet", pending: undefined };

/**
 * A save is over at once, while a program that writes many files goes on for a while. In milliseconds without a
 * change.
 */
const QUIET: readonly (readonly [paths: number, quiet: number])[] = [
  [4, 5],
  [64, 50],
  [Number.POSITIVE_INFINITY, 150],
];
/** Changes that never pause start a run after this time, in milliseconds. */
const LONGEST = 2000;

/** The time at which pending changes count as settled. */
export function dueAt({ paths, all, first, last }: Pick<Pending, "paths" | "all" | "first" | "last">): number {
  const [, quiet] = (all ? QUIET.at(-1) : QUIET.find(([most]) => paths.size <= most)) as readonly [number, number];
  return Math.min(last + quiet, first + LONGEST);
}

export function step(state: State, input: Input): Step {
  if (state.phase === "stopped") return { state, effects: [] };
  switch (input.kind) {
    case "start":
      return run(asked(0, {}));
    case "files":
      return came(state, merge(state.pending, { paths: input.paths }, input.time));
    case "store":
      return came(state, merge(state.pending, { store: true }, input.time));
    case "loss":
    case "service":
      return came(state, merge(state.pending, { all: true }, input.time));
    case "timer":
      return settled(state, input.time);
    case "ended":
      return ended(state, input.paths, input.time);
    case "key":
      return pressed(state, input.key, input.time);
    case "interrupt":
      return interrupted(state);
  }
}

interface Asked {
  readonly paths?: readonly string[];
  readonly all?: true;
  readonly store?: true;
  readonly retry?: true;
  readonly force?: true;
}

function merge(before: Pending | undefined, more: Asked, time: number): Pending {
  return {
    paths: new Set([...(before?.paths ?? []), ...(more.paths ?? [])]),
    unexamined: new Set([...(before?.unexamined ?? []), ...(more.paths ?? [])]),
    all: before?.all === true || more.all === true,
    store: before?.store === true || more.store === true,
    retry: before?.retry === true || more.retry === true,
    force: before?.force === true || more.force === true,
    first: before?.first ?? time,
    last: time,
  };
}

function asked(time: number, more: Asked): Pending {
  return merge(undefined, { all: true, ...more }, time);
}

function run(pending: Pending): Step {
  return { state: { phase: "running", pending: undefined }, effects: [{ kind: "run", pending }] };
}

function came({ phase }: State, pending: Pending): Step {
  if (phase === "stopping") return { state: { phase, pending }, effects: [] };
  const next = phase === "quiet" ? "settling" : phase;
  return { state: { phase: next, pending }, effects: [{ kind: "timer", at: dueAt(pending) }] };
}

function settled(state: State, time: number): Step {
  const { phase, pending } = state;
  if (pending === undefined || phase === "stopping") return { state, effects: [] };
  if (time < dueAt(pending)) return { state, effects: [{ kind: "timer", at: dueAt(pending) }] };
  if (phase === "settling") return run(pending);
  return {
    state: { phase, pending: { ...pending, unexamined: new Set() } },
    effects: [{ kind: "examine", paths: [...pending.unexamined], store: pending.store }],
  };
}

/** After a run, another one begins if changes came during it. Most of those are its own outputs, which `paths` leaves out. */
function ended({ phase, pending: came }: State, paths: ReadonlySet<string>, time: number): Step {
  if (phase === "stopping") return stopped();
  const pending = came === undefined ? undefined : { ...came, paths };
  if (pending === undefined || !(paths.size > 0 || pending.all || pending.store))
    return { state: { phase: "quiet", pending: undefined }, effects: [{ kind: "quiet" }] };
  if (time >= dueAt(pending)) return run(pending);
  return { state: { phase: "settling", pending }, effects: [{ kind: "timer", at: dueAt(pending) }] };
}

function pressed(state: State, key: string, time: number): Step {
  switch (key) {
    case "r":
      return askedFor(state, merge(state.pending, { all: true, retry: true }, time));
    case "a":
      return askedFor(state, merge(state.pending, { all: true, retry: true, force: true }, time));
    case "w":
      return { state, effects: [{ kind: "show", what: "why" }] };
    case "f":
      return { state, effects: [{ kind: "show", what: "failures" }] };
    case "q":
      return interrupted(state);
    default:
      return { state, effects: [] };
  }
}

/** A run that a key asks for does not wait for quiet. */
function askedFor({ phase }: State, pending: Pending): Step {
  if (phase === "quiet" || phase === "settling") return run(pending);
  return { state: { phase, pending }, effects: [] };
}

function interrupted(state: State): Step {
  if (state.phase === "stopping") return { state, effects: [] };
  if (state.phase === "running") return { state: { ...state, phase: "stopping" }, effects: [{ kind: "cancel" }] };
  return stopped();
}

function stopped(): Step {
  return { state: { phase: "stopped", pending: undefined }, effects: [{ kind: "stop" }] };
}
