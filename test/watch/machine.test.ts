import { describe, expect, test } from "vitest";
import { dueAt, type Effect, INITIAL, type Input, type State, step } from "../../src/watch/machine.ts";

/** A machine with a fake clock: inputs in, effects out. */
class Machine {
  state: State = INITIAL;

  feed(...inputs: Input[]): string[] {
    return inputs.flatMap((input) => {
      const { state, effects } = step(this.state, input);
      this.state = state;
      return effects.map(text);
    });
  }
}

function text(effect: Effect): string {
  switch (effect.kind) {
    case "run": {
      const { pending } = effect;
      const flags = (["all", "store", "retry", "force"] as const).filter((flag) => pending[flag]);
      return ["run", ...flags, ...pending.paths].join(" ");
    }
    case "examine":
      return `examine ${[...effect.paths, ...(effect.store ? ["store"] : [])].join(" ")}`;
    case "timer":
      return `timer ${effect.at}`;
    case "show":
      return `show ${effect.what}`;
    default:
      return effect.kind;
  }
}

const files = (time: number, ...paths: string[]): Input => ({ kind: "files", paths, time });
const timer = (time: number): Input => ({ kind: "timer", time });
const ended = (time: number, ...paths: string[]): Input => ({ kind: "ended", paths: new Set(paths), time });
const key = (name: string, time = 0): Input => ({ kind: "key", key: name, time });
const quiet = (): Machine => {
  const machine = new Machine();
  machine.feed({ kind: "start" }, ended(50));
  return machine;
};

test("the first run looks at everything, and then watch is quiet", () => {
  const machine = new Machine();
  expect(machine.feed({ kind: "start" })).toEqual(["run all"]);
  expect(machine.state.phase).toBe("running");
  expect(machine.feed(ended(50))).toEqual(["quiet"]);
  expect(machine.state.phase).toBe("quiet");
});

test("one save runs 5 ms later", () => {
  expect(quiet().feed(files(100, "a"), timer(105))).toEqual(["timer 105", "run a"]);
});

test("a second save within that time delays the run", () => {
  expect(quiet().feed(files(100, "a"), files(103, "b"), timer(105), timer(108))).toEqual([
    "timer 105",
    "timer 108",
    "timer 108",
    "run a b",
  ]);
});

test("a burst delays the run until it is over, but never longer than two seconds", () => {
  const many = Array.from({ length: 100 }, (_, i) => `f${i}`);
  const pending = { paths: new Set(many), all: false, first: 0, last: 0 };
  expect(dueAt({ ...pending, paths: new Set(many.slice(0, 20)) })).toBe(50);
  expect(dueAt(pending)).toBe(150);
  expect(dueAt({ ...pending, last: 1990 })).toBe(2000);
});

test("after lost events, or when a service has recovered, everything is looked at; a publication is one change", () => {
  expect(quiet().feed({ kind: "loss", time: 100 }, timer(250))).toEqual(["timer 250", "run all"]);
  expect(quiet().feed({ kind: "store", time: 100 }, timer(105))).toEqual(["timer 105", "run store"]);
  expect(quiet().feed({ kind: "service", time: 100 }, timer(250))).toEqual(["timer 250", "run all"]);
});

describe("while a run goes on", () => {
  test("changes are examined once they have settled, and run when the run has ended", () => {
    const machine = quiet();
    machine.feed(files(100, "a"), timer(105));
    expect(machine.feed(files(200, "b"), timer(205))).toEqual(["timer 205", "examine b"]);
    expect(machine.feed({ kind: "store", time: 220 }, timer(225))).toEqual(["timer 225", "examine store"]);
    expect(machine.feed(ended(300, "b"))).toEqual(["run store b"]);
    expect(machine.feed(ended(400))).toEqual(["quiet"]);
  });

  test("an examined path is examined again only after another change", () => {
    const machine = quiet();
    machine.feed(files(100, "a"), timer(105));
    expect(machine.feed(files(200, "b"), timer(205), files(220, "c"), timer(225))).toEqual([
      "timer 205",
      "examine b",
      "timer 225",
      "examine c",
    ]);
    expect(machine.feed(files(240, "b"), timer(245), ended(300, "b", "c"))).toEqual([
      "timer 245",
      "examine b",
      "run b c",
    ]);
  });

  test("changes that have not settled when the run ends settle first", () => {
    const machine = quiet();
    machine.feed(files(100, "a"), timer(105));
    expect(machine.feed(files(200, "b"), ended(203, "b"), timer(205))).toEqual(["timer 205", "timer 205", "run b"]);
  });

  test("only those count at its end that differ from what it took, and watch is quiet only when none is left", () => {
    const machine = quiet();
    machine.feed(files(100, "a"), timer(105), files(200, "made", "edited"), timer(250));
    expect(machine.feed(ended(300, "edited"))).toEqual(["run edited"]);
    expect(machine.feed(files(310, "made"), ended(320))).toEqual(["timer 315", "quiet"]);
    expect(machine.state).toEqual({ phase: "quiet", pending: undefined });
  });

  test("lost events and publications count whatever paths differ", () => {
    const machine = quiet();
    machine.feed(files(100, "a"), timer(105), { kind: "store", time: 120 }, timer(125));
    expect(machine.feed(ended(300))).toEqual(["run store"]);
    machine.feed({ kind: "loss", time: 310 });
    expect(machine.feed(ended(600))).toEqual(["run all"]);
  });

  test("a timer without pending changes does nothing", () => {
    const machine = quiet();
    machine.feed(files(100, "a"), timer(105));
    expect(machine.feed(timer(111))).toEqual([]);
  });
});

describe("keys", () => {
  test("r looks at everything and tries failed tasks again; a runs all tasks", () => {
    expect(quiet().feed(key("r", 100))).toEqual(["run all retry"]);
    expect(quiet().feed(key("a", 100))).toEqual(["run all retry force"]);
  });

  test("during a run they wait for its end", () => {
    const machine = quiet();
    machine.feed(files(100, "x"), timer(105));
    expect(machine.feed(key("r", 120), ended(500))).toEqual(["run all retry"]);
  });

  test("w and f show reports, other keys do nothing", () => {
    expect(quiet().feed(key("w"), key("f"), key("x"))).toEqual(["show why", "show failures"]);
  });

  test("q stops at once when nothing runs", () => {
    const machine = quiet();
    expect(machine.feed(key("q"))).toEqual(["stop"]);
    expect(machine.feed(files(100, "a"), timer(200), key("q"))).toEqual([]);
  });
});

describe("an interrupt", () => {
  test("ends the run, and stops when nothing of it is left; a second one changes nothing", () => {
    const machine = new Machine();
    machine.feed({ kind: "start" });
    expect(machine.feed({ kind: "interrupt" }, { kind: "interrupt" }, files(20, "a"), timer(90))).toEqual(["cancel"]);
    expect(machine.feed(ended(100))).toEqual(["stop"]);
    expect(machine.state.phase).toBe("stopped");
  });

  test("stops while changes settle, without a run", () => {
    expect(quiet().feed(files(100, "a"), { kind: "interrupt" }, timer(105))).toEqual(["timer 105", "stop"]);
  });
});
