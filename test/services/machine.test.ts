import { describe, expect, test } from "vitest";
import { backoff, type Effect, INITIAL, type Input, type State, step } from "../../src/services/machine.ts";

/** The state machine with a fake clock: takes inputs, returns effects as text. */
class Machine {
  state: State = INITIAL;
  readonly #restarts: boolean;

  constructor(restarts = true) {
    this.#restarts = restarts;
  }

  feed(...inputs: readonly (readonly [kind: Input["kind"], time: number])[]): string[] {
    return inputs.flatMap(([kind, time]) => {
      const { state, effects } = step(this.state, { kind, time }, { restarts: this.#restarts, timeout: 1000 });
      this.state = state;
      return effects.map(text);
    });
  }
}

function text(effect: Effect): string {
  if (effect.kind === "timer") return `timer ${effect.at}`;
  return effect.kind === "settled" ? `settled ${effect.ready}` : effect.kind;
}

const ready = (restarts = true): Machine => {
  const machine = new Machine(restarts);
  machine.feed(["start", 0], ["ready", 10]);
  return machine;
};

test("a service is started once for all tasks that need it, and settles when it is ready", () => {
  const machine = new Machine();
  expect(machine.feed(["start", 0], ["start", 5])).toEqual(["spawn", "timer 1000"]);
  expect(machine.feed(["ready", 10])).toEqual(["settled true"]);
  expect(machine.feed(["start", 20], ["timer", 1000], ["ready", 1001])).toEqual([]);
  expect(machine.state.phase).toBe("ready");
});

describe("a service that is not ready in time", () => {
  test("is ended, and then counts as crashed", () => {
    const machine = new Machine(false);
    expect(machine.feed(["start", 0], ["timer", 999])).toEqual(["spawn", "timer 1000", "timer 1000"]);
    expect(machine.feed(["timer", 1000], ["ready", 1001], ["start", 1002])).toEqual(["end"]);
    expect(machine.feed(["exited", 1100])).toEqual(["settled false"]);
    expect(machine.state.phase).toBe("failed");
  });

  test("is not started again when no task needs it any more", () => {
    const machine = new Machine();
    machine.feed(["start", 0], ["timer", 1000]);
    expect(machine.feed(["stop", 1050], ["exited", 1100])).toEqual(["settled false"]);
    expect(machine.state.phase).toBe("idle");
  });
});

describe("a crash", () => {
  test("before readiness settles the wait as failed, and is followed by another start", () => {
    const machine = new Machine();
    machine.feed(["start", 0]);
    expect(machine.feed(["exited", 100])).toEqual(["settled false", "timer 350"]);
    expect(machine.feed(["timer", 349], ["timer", 350])).toEqual(["timer 350", "spawn", "timer 1350"]);
  });

  test("delays each next start longer, up to a bound", () => {
    expect([1, 2, 3, 7, 8, 50].map(backoff)).toEqual([250, 500, 1000, 16_000, 30_000, 30_000]);
    const machine = ready();
    expect(machine.feed(["exited", 100])).toEqual(["settled false", "timer 350"]);
    machine.feed(["timer", 350], ["ready", 400]);
    expect(machine.feed(["exited", 500])).toEqual(["settled false", "timer 1000"]);
  });

  test("no longer counts after half a minute of health", () => {
    const machine = ready();
    machine.feed(["exited", 100], ["timer", 350], ["ready", 400]);
    expect(machine.feed(["exited", 30_399])).toEqual(["settled false", "timer 30899"]);
    machine.feed(["timer", 30_899], ["ready", 31_000]);
    expect(machine.feed(["exited", 61_000])).toEqual(["settled false", "timer 61250"]);
  });

  test("delays nothing when a task needs the service now", () => {
    const machine = ready();
    machine.feed(["exited", 100]);
    expect(machine.feed(["start", 120])).toEqual(["spawn", "timer 1120"]);
  });

  test("is final without restarts, until a task needs the service", () => {
    const machine = ready(false);
    expect(machine.feed(["exited", 100])).toEqual(["settled false"]);
    expect(machine.state.phase).toBe("failed");
    expect(machine.feed(["timer", 10_000])).toEqual([]);
    expect(machine.feed(["start", 20_000])).toEqual(["spawn", "timer 21000"]);
  });
});

describe("a stop", () => {
  test("ends the process, and later events of that process are ignored", () => {
    const machine = ready();
    expect(machine.feed(["stop", 100], ["stop", 101], ["ready", 102])).toEqual(["end"]);
    expect(machine.feed(["exited", 110])).toEqual(["settled false"]);
    expect(machine.state.phase).toBe("idle");
  });

  test("is followed by a new start when a task needs the service meanwhile", () => {
    const machine = ready();
    expect(machine.feed(["stop", 100], ["start", 105])).toEqual(["end"]);
    expect(machine.feed(["exited", 110])).toEqual(["spawn", "timer 1110"]);
    expect(machine.state.phase).toBe("starting");
  });

  test("makes a waiting or failed service idle at once", () => {
    const waiting = ready();
    waiting.feed(["exited", 100]);
    expect(waiting.feed(["stop", 110], ["timer", 350])).toEqual(["settled false"]);
    const failed = ready(false);
    failed.feed(["exited", 100]);
    expect(failed.feed(["stop", 110], ["stop", 111], ["exited", 112])).toEqual(["settled false"]);
  });
});
