/** An upper bound for inc. */
export type Goal =
  /** Time, in multiples of a sum: how often the time of each of these measurements is part of it. */
  | { readonly kind: "ratio"; readonly atMost: number; readonly of: Readonly<Record<string, number>> }
  /** The most memory of inc's own process, in megabytes. */
  | { readonly kind: "memory"; readonly atMost: number };

export interface Measured {
  /** Milliseconds. */
  readonly time: number;
  /** Megabytes. */
  readonly peak?: number;
}

export interface Judgement {
  /** What was measured, such as `1.93 × ninja`. */
  readonly actual: string;
  readonly goal: string;
  readonly result: "met" | "MISSED" | "absent";
}

export function ratioTo(name: string, atMost: number): Goal {
  return { kind: "ratio", atMost, of: { [name]: 1 } };
}

/** Compares inc's measurement, named `inc`, with the others. */
export function judge(goal: Goal, measured: ReadonlyMap<string, Measured>): Judgement {
  const inc = measured.get("inc");
  if (goal.kind === "memory") {
    const text = `≤ ${goal.atMost} MB`;
    if (inc?.peak === undefined) return { actual: "memory not measured", goal: text, result: "absent" };
    return { actual: `${inc.peak.toFixed(0)} MB`, goal: text, result: inc.peak <= goal.atMost ? "met" : "MISSED" };
  }
  const parts = Object.entries(goal.of);
  const sum = parts.map(([name, times]) => (times === 1 ? name : `${times} ${name}`)).join(" + ");
  const unit = parts.length === 1 ? sum : `(${sum})`;
  const text = `≤ ${goal.atMost} × ${unit}`;
  const missing = parts.find(([name]) => !measured.has(name))?.[0];
  if (inc === undefined || missing !== undefined)
    return { actual: `${missing ?? "inc"} not measured`, goal: text, result: "absent" };
  const whole = parts.reduce((total, [name, times]) => total + times * (measured.get(name) as Measured).time, 0);
  const ratio = inc.time / whole;
  // As it is printed, so that no line says that 2.20 exceeds 2.2.
  const result = Number(ratio.toFixed(2)) <= goal.atMost ? "met" : "MISSED";
  return { actual: `${ratio.toFixed(2)} × ${unit}`, goal: text, result };
}
