import { describe, expect, test } from "vitest";
import { backoff, type Effect, INITIAL, type Input, type State, step } from "../../src/services/machine.ts";

/** A machine with a fake clock: inputs in, effects out. */
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

test("is started once however many need it, and tells them when it is ready", () => {
  const machine = new Machine();
  expect(machine.feed(["start", 0], ["start", 5])).toEqual(["spawn", "timer 1000"]);
  expect(machine.feed(["ready", 10])).toEqual(["settled true"]);
  expect(machine.feed(["start", 20], ["timer", 1000], ["ready", 1001])).toEqual([]);
  expect(machine.state.phase).toBe("ready");
});

describe("what is not ready in time", () => {
  test("is ended, and then counts as crashed", () => {
    const machine = new Machine(false);
    expect(machine.feed(["start", 0], ["timer", 999])).toEqual(["spawn", "timer 1000", "timer 1000"]);
    expect(machine.feed(["timer", 1000], ["ready", 1001], ["start", 1002])).toEqual(["end"]);
    expect(machine.feed(["exited", 1100])).toEqual(["settled false"]);
    expect(machine.state.phase).toBe("failed");
  });

  test("is not started again when nobody needs it any more", () => {
    const machine = new Machine();
    machine.feed(["start", 0], ["timer", 1000]);
    expect(machine.feed(["stop", 1050], ["exited", 1100])).toEqual(["settled false"]);
    expect(machine.state.phase).toBe("idle");
  });
});

describe("a crash", () => {
  test("before it is ready tells those who wait, and is followed by another start", () => {
    const machine = new Machine();
    machine.feed(["start", 0]);
    expect(machine.feed(["exited", 100])).toEqual(["settled false", "timer 350"]);
    expect(machine.feed(["timer", 349], ["timer", 350])).toEqual(["timer 350", "spawn", "timer 1350"]);
  });

  test("is waited after for longer each time, to a bound", () => {
    expect([1, 2, 3, 7, 8, 50].map(backoff)).toEqual([250, 500, 1000, 16_000, 30_000, 30_000]);
    const machine = ready();
    expect(machine.feed(["exited", 100])).toEqual(["settled false", "timer 350"]);
    machine.feed(["timer", 350], ["ready", 400]);
    expect(machine.feed(["exited", 500])).toEqual(["settled false", "timer 1000"]);
  });

  test("is forgotten after half a minute of health", () => {
    const machine = ready();
    machine.feed(["exited", 100], ["timer", 350], ["ready", 400]);
    expect(machine.feed(["exited", 30_399])).toEqual(["settled false", "timer 30899"]);
    machine.feed(["timer", 30_899], ["ready", 31_000]);
    expect(machine.feed(["exited", 61_000])).toEqual(["settled false", "timer 61250"]);
  });

  test("is not waited after when somebody needs it now", () => {
    const machine = ready();
    machine.feed(["exited", 100]);
    expect(machine.feed(["start", 120])).toEqual(["spawn", "timer 1120"]);
  });

  test("is the end where it is not restarted, until somebody needs it", () => {
    const machine = ready(false);
    expect(machine.feed(["exited", 100])).toEqual(["settled false"]);
    expect(machine.state.phase).toBe("failed");
    expect(machine.feed(["timer", 10_000])).toEqual([]);
    expect(machine.feed(["start", 20_000])).toEqual(["spawn", "timer 21000"]);
  });
});

describe("when it is stopped", () => {
  test("its process is ended, and what that one still says is not listened to", () => {
    const machine = ready();
    expect(machine.feed(["stop", 100], ["stop", 101], ["ready", 102])).toEqual(["end"]);
    expect(machine.feed(["exited", 110])).toEqual(["settled false"]);
    expect(machine.state.phase).toBe("idle");
  });

  test("it begins anew after that when somebody needs it meanwhile", () => {
    const machine = ready();
    expect(machine.feed(["stop", 100], ["start", 105])).toEqual(["end"]);
    expect(machine.feed(["exited", 110])).toEqual(["spawn", "timer 1110"]);
    expect(machine.state.phase).toBe("starting");
  });

  test("one that waits or has failed is idle at once", () => {
    const waiting = ready();
    waiting.feed(["exited", 100]);
    expect(waiting.feed(["stop", 110], ["timer", 350])).toEqual(["settled false"]);
    const failed = ready(false);
    failed.feed(["exited", 100]);
    expect(failed.feed(["stop", 110], ["stop", 111], ["exited", 112])).toEqual(["settled false"]);
  });
});
