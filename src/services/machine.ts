/**
 * The life of one service, as a pure state machine: no clock, no timer, no process. Its owner feeds it inputs and
 * carries out the effects.
 *
 *     idle ──start──▶ starting ──ready──▶ ready
 *                      │    │               │
 *           too late,  │    └────exited─────┤
 *                      ▼                    ▼
 *      ┌─▶ ending ──exited, too late──▶ waiting ──timer, start──▶ starting     when it is restarted
 *      │     │                          failed ──start──▶ starting             when it is not
 *      │     └──exited──▶ idle, or starting when it is needed again
 *      └── stop: starting, ready                       waiting, failed ──stop──▶ idle
 *
 * The wait grows with each crash; once the service was ready for a while, earlier crashes no longer count.
 */
export type ServicePhase = "idle" | "starting" | "ready" | "ending" | "waiting" | "failed";

export interface State {
  readonly phase: ServicePhase;
  /** When the phase began, in milliseconds of the owner's clock. */
  readonly since: number;
  /** How often the service ended by itself, or was not ready in time, since it was last healthy. */
  readonly crashes: number;
  /** In the phase `ending`: the phase that follows. */
  readonly next?: "idle" | "starting" | "crashed";
}

export type Input =
  /** An attempt or the user needs the service. */
  | { readonly kind: "start"; readonly time: number }
  | { readonly kind: "ready"; readonly time: number }
  /** Its last process is gone, or none could be started. */
  | { readonly kind: "exited"; readonly time: number }
  | { readonly kind: "timer"; readonly time: number }
  /** The service is no longer needed, or another one is needed in its place. */
  | { readonly kind: "stop"; readonly time: number };

export type Effect =
  /** Start the process; answered by `exited` sooner or later. */
  | { readonly kind: "spawn" }
  /** End the process with all that it started; answered by `exited`. */
  | { readonly kind: "end" }
  /** Send a `timer` at this time; a later request replaces an earlier one. */
  | { readonly kind: "timer"; readonly at: number }
  /** Waiting for the service is over: it is ready, or this start failed. */
  | { readonly kind: "settled"; readonly ready: boolean };

export interface Policy {
  /** A crashed service is started again. */
  readonly restarts: boolean;
  /** How long the service may take to be ready, in milliseconds. */
  readonly timeout: number;
}

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const INITIAL: State = { phase: "idle", since: 0, crashes: 0 };

const FIRST_WAIT = 250;
const LAST_WAIT = 30_000;
/** A service that was ready for so long counts as healthy, in milliseconds. */
const HEALTHY = 30_000;

/** The wait after so many crashes, in milliseconds. */
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
