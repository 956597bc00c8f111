/**
 * What watch does next, given what just happened. Pure: no clock, no timer, no file; whoever owns those feeds it inputs and
 * does what the effects say.
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
 * What comes while a run goes on is examined once it has settled, so that attempts whose inputs it changed are cancelled and
 * the run plans anew, and waits for the run's end: then it settles again, or is run at once when it has settled long ago.
 * A path is examined once each time it changes: were it examined again whenever another one changes, a path that always looks
 * changed would cancel the attempts that read it for ever, as each of them writes files of its own.
 */
export type Phase = "running" | "settling" | "quiet" | "stopping" | "stopped";

/** What came since the last run began. */
export interface Pending {
  readonly paths: ReadonlySet<string>;
  /** Those of the paths that came since a run that goes on was examined last: each is examined once. */
  readonly unexamined: ReadonlySet<string>;
  /** Events were lost, or somebody asked: everything is looked at. */
  readonly all: boolean;
  /** Another process published an object or ended a run: the store is looked at. */
  readonly store: boolean;
  /** Also what failed with the very inputs that it has now, and (`force`) what is fresh. */
  readonly retry: boolean;
  readonly force: boolean;
  /** Of the first and the last of it, in milliseconds of the caller's clock. */
  readonly first: number;
  readonly last: number;
}

export interface State {
  readonly phase: Phase;
  readonly pending: Pending | undefined;
}

export type Input =
  | { readonly kind: "start" }
  | { readonly kind: "files"; readonly paths: readonly string[]; readonly time: number }
  /** Events may be missing. */
  | { readonly kind: "loss"; readonly time: number }
  /** Somebody published an object. */
  | { readonly kind: "store"; readonly time: number }
  /** A service is ready that failed tasks which needed it. */
  | { readonly kind: "service"; readonly time: number }
  | { readonly kind: "timer"; readonly time: number }
  | { readonly kind: "ended"; readonly time: number }
  | { readonly kind: "key"; readonly key: string; readonly time: number }
  | { readonly kind: "interrupt" };

export type Effect =
  /** Begins a run, which is answered by `ended`. */
  | { readonly kind: "run"; readonly pending: Pending }
  /** Cancels running attempts that read what these paths, or published objects, held before, and has the rest planned anew. */
  | { readonly kind: "examine"; readonly paths: readonly string[]; readonly store: boolean }
  /** Asks for a `timer` at this time; a later one replaces an earlier one. */
  | { readonly kind: "timer"; readonly at: number }
  | { readonly kind: "show"; readonly what: "why" | "failures" }
  /** Ends the run that goes on; it answers with `ended` once nothing of it is left. */
  | { readonly kind: "cancel" }
  | { readonly kind: "stop" };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const INITIAL: State = { phase: "quiet", pending: undefined };

/** One save is over at once; whoever writes many files goes on for a while. In milliseconds of quiet. */
const QUIET: readonly (readonly [paths: number, quiet: number])[] = [
  [4, 10],
  [64, 50],
  [Number.POSITIVE_INFINITY, 150],
];
/** Somebody who never rests is not waited for longer than this, in milliseconds. */
const LONGEST = 2000;

/** When what is pending counts as settled. */
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
      return ended(state, input.time);
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

function ended({ phase, pending }: State, time: number): Step {
  if (phase === "stopping") return stopped();
  if (pending === undefined) return { state: { phase: "quiet", pending }, effects: [] };
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

/** Nobody who asks has to wait for quiet. */
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
