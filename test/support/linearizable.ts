/** One operation on the shared register, with the times of its call and its return. */
export interface Operation<Input, Output> {
  readonly input: Input;
  readonly output: Output;
  /** Nanoseconds of one clock for all processes. */
  readonly called: bigint;
  readonly returned: bigint;
}

/** The state after an operation; undefined when the operation cannot have had that output in the state before. */
export type Step<State, Input, Output> = (state: State, input: Input, output: Output) => State | undefined;

interface Event {
  readonly operation: number;
  readonly isCall: boolean;
  next: Event | undefined;
  previous: Event | undefined;
}

/**
 * True when the operations have an order that respects real time and in which every output is right.
 * Wing and Gong's search ("Testing and Verifying Concurrent Objects", 1993) with Lowe's cache of configurations ("Testing
 * for linearizability", 2017), as in Porcupine and Knossos.
 */
export function isLinearizable<State extends string | number, Input, Output>(
  history: readonly Operation<Input, Output>[],
  initial: State,
  step: Step<State, Input, Output>,
): boolean {
  const { head, calls, returns } = link(history);
  const done = new Set<number>();
  const seen = new Set<string>();
  const stack: { readonly operation: number; readonly state: State }[] = [];
  let state = initial;
  for (let event = head.next; event !== undefined; ) {
    if (!event.isCall) {
      // An operation that has returned must be in the order by now: take the last choice back.
      const last = stack.pop();
      if (last === undefined) return false;
      state = last.state;
      done.delete(last.operation);
      relink(calls[last.operation] as Event, returns[last.operation] as Event);
      event = (calls[last.operation] as Event).next;
      continue;
    }
    const { operation } = event;
    const { input, output } = history[operation] as Operation<Input, Output>;
    const after = step(state, input, output);
    const configuration = after === undefined ? "" : keyOf(done, operation, after);
    if (after === undefined || seen.has(configuration)) {
      event = event.next;
      continue;
    }
    seen.add(configuration);
    stack.push({ operation, state });
    state = after;
    done.add(operation);
    unlink(event, returns[operation] as Event);
    event = head.next;
  }
  return true;
}

/** Calls and returns in the order of time, as a list from which operations can be taken out. */
function link(history: readonly Operation<unknown, unknown>[]) {
  const events = history
    .flatMap(({ called, returned }, operation) => [
      { time: called, event: { operation, isCall: true, next: undefined, previous: undefined } as Event },
      { time: returned, event: { operation, isCall: false, next: undefined, previous: undefined } as Event },
    ])
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : Number(b.event.isCall) - Number(a.event.isCall)));
  const head: Event = { operation: -1, isCall: false, next: undefined, previous: undefined };
  const calls: Event[] = [];
  const returns: Event[] = [];
  let last = head;
  for (const { event } of events) {
    last.next = event;
    event.previous = last;
    last = event;
    (event.isCall ? calls : returns)[event.operation] = event;
  }
  return { head, calls, returns };
}

function unlink(...events: readonly Event[]): void {
  for (const event of events) {
    if (event.previous !== undefined) event.previous.next = event.next;
    if (event.next !== undefined) event.next.previous = event.previous;
  }
}

function relink(call: Event, ret: Event): void {
  for (const event of [ret, call]) {
    if (event.previous !== undefined) event.previous.next = event;
    if (event.next !== undefined) event.next.previous = event;
  }
}

/** Identifies a state and a set of done operations: how far all are done, and the few beyond that. */
function keyOf(done: ReadonlySet<number>, next: number, state: string | number): string {
  const all = [...done, next].sort((a, b) => a - b);
  let whole = 0;
  while (all[whole] === whole) whole += 1;
  return `${state}|${whole}|${all.slice(whole).join()}`;
}
