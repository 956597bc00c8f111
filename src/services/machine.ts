/**
 * What becomes of one service, given what just happened. Pure: no clock, no timer, no process; whoever owns those feeds it
 * inputs and does what the effects say.
 *
 *     idle ──start──▶ starting ──ready──▶ ready
 *                      │    │               │
 *           too late,  │    └────exited─────┤
 *                      ▼                    ▼
 *      ┌─▶ ending ──exited, too late──▶ waiting ──timer, start──▶ starting     when it is restarted
 *      │     │                          failed ──start──▶ starting             when it is not
 *      │     └──exited──▶ idle, or starting when somebody wants it again
 *      └── stop: starting, ready                       waiting, failed ──stop──▶ idle
 *
 * It waits longer after each crash; once it was ready for a while, the crashes before that are forgotten.
 */
export type Phase = "idle" | "starting" | "ready" | "ending" | "waiting" | "failed";

export interface State {
  readonly phase: Phase;
  /** When the phase began, in milliseconds of the caller's clock. */
  readonly since: number;
  /** How often it has ended by itself, or was not ready in time, since it was last healthy. */
  readonly crashes: number;
  /** While it ends: what comes then. */
  readonly next?: "idle" | "starting" | "crashed";
}

export type Input =
  /** Somebody needs it. */
  | { readonly kind: "start"; readonly time: number }
  | { readonly kind: "ready"; readonly time: number }
  /** Nothing of it runs any more, or it could not be started. */
  | { readonly kind: "exited"; readonly time: number }
  | { readonly kind: "timer"; readonly time: number }
  /** Nobody needs it, or not as it is. */
  | { readonly kind: "stop"; readonly time: number };

export type Effect =
  /** Starts its process; answered by `exited` sooner or later. */
  | { readonly kind: "spawn" }
  /** Ends its process with all that it started; answered by `exited`. */
  | { readonly kind: "end" }
  /** Asks for a `timer` at this time; a later one replaces an earlier one. */
  | { readonly kind: "timer"; readonly at: number }
  /** Whoever waits for it to be ready need wait no longer: it is, or this attempt came to nothing. */
  | { readonly kind: "settled"; readonly ready: boolean };

export interface Policy {
  /** It is started again when it has crashed. */
  readonly restarts: boolean;
  /** Milliseconds that it may take to be ready. */
  readonly timeout: number;
}

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const INITIAL: State = { phase: "idle", since: 0, crashes: 0 };

const FIRST_WAIT = 250;
const LAST_WAIT = 30_000;
/** Ready for so long, it counts as healthy, in milliseconds. */
const HEALTHY = 30_000;

/** How long it is waited after so many crashes, in milliseconds. */
export function backoff(crashes: number): number {
  return Math.min(FIRST_WAIT * 2 ** (crashes - 1), LAST_WAIT);
}

export function step(state: State, input: Input, policy: Policy): Step {
  switch (input.kind) {
    case "start":
      return wanted(state, input.time, policy);
    case "ready":
      return state.phase === "starting"
        ? { state: { ...state, phase: "ready", since: input.time }, effects: [{ kind: "settled", ready: true }] }
        : { state, effects: [] };
    case "exited":
      return exited(state, input.time, policy);
    case "timer":
      return due(state, input.time, policy);
    case "stop":
      return unwanted(state, input.time);
  }
}

function wanted(state: State, time: number, policy: Policy): Step {
  if (state.phase === "ending" && state.next === "idle") return { state: { ...state, next: "starting" }, effects: [] };
  if (state.phase === "starting" || state.phase === "ready" || state.phase === "ending") return { state, effects: [] };
  return begin(state.crashes, time, policy);
}

function begin(crashes: number, time: number, { timeout }: Policy): Step {
  return {
    state: { phase: "starting", since: time, crashes },
    effects: [{ kind: "spawn" }, { kind: "timer", at: time + timeout }],
  };
}

function exited(state: State, time: number, policy: Policy): Step {
  const { phase, since, next } = state;
  if (phase === "starting") return crashed(state.crashes, time, policy);
  if (phase === "ready") return crashed(time - since >= HEALTHY ? 0 : state.crashes, time, policy);
  if (phase !== "ending") return { state, effects: [] };
  if (next === "crashed") return crashed(state.crashes, time, policy);
  return next === "starting" ? begin(0, time, policy) : idle(time);
}

function crashed(before: number, time: number, { restarts }: Policy): Step {
  const crashes = before + 1;
  const effects: readonly Effect[] = [{ kind: "settled", ready: false }];
  if (!restarts) return { state: { phase: "failed", since: time, crashes }, effects };
  const at = time + backoff(crashes);
  return { state: { phase: "waiting", since: time, crashes }, effects: [...effects, { kind: "timer", at }] };
}

function due(state: State, time: number, policy: Policy): Step {
  const { phase, since, crashes } = state;
  if (phase === "starting") {
    if (time < since + policy.timeout) return { state, effects: [{ kind: "timer", at: since + policy.timeout }] };
    return { state: { phase: "ending", since: time, crashes, next: "crashed" }, effects: [{ kind: "end" }] };
  }
  if (phase !== "waiting") return { state, effects: [] };
  const at = since + backoff(crashes);
  return time < at ? { state, effects: [{ kind: "timer", at }] } : begin(crashes, time, policy);
}

function unwanted(state: State, time: number): Step {
  const { phase, crashes } = state;
  if (phase === "idle") return { state, effects: [] };
  if (phase === "ending") return { state: { ...state, next: "idle" }, effects: [] };
  if (phase === "waiting" || phase === "failed") return idle(time);
  return { state: { phase: "ending", since: time, crashes, next: "idle" }, effects: [{ kind: "end" }] };
}

function idle(time: number): Step {
  return { state: { phase: "idle", since: time, crashes: 0 }, effects: [{ kind: "settled", ready: false }] };
}
