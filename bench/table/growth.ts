import { lineThrough } from "../timing/statistics.ts";
import { duration, type Line } from "./report.ts";
import type { Stage } from "./table.ts";

/** How many tasks or files the slope is printed for. */
const UNITS = { tasks: 1000, files: 10_000 } as const;

type Growing = keyof typeof UNITS;

/** Collects how the time after one edit grows with the size of the pipeline. */
export class Growth {
  readonly #points = new Map<Growing, { readonly size: number; readonly line: Line }[]>();

  add({ of, size }: NonNullable<Stage["growth"]>, line: Line): void {
    this.#points.set(of, [...(this.#points.get(of) ?? []), { size, line }]);
  }

  print(): void {
    for (const [of, points] of this.#points) {
      if (points.length < 2) continue;
      points.sort((a, b) => a.size - b.size);
      for (const name of ["inc", "ninja"]) console.log(`- ${describe(of, name, points)}`);
    }
  }
}

function describe(
  of: Growing,
  name: string,
  points: readonly { readonly size: number; readonly line: Line }[],
): string {
  const measured = points.flatMap(({ size, line }) => {
    const time = line.measured.get(name)?.time;
    return time === undefined ? [] : [[size, time] as const];
  });
  const times = measured.map(([size, time]) => `${size.toLocaleString("en")}: ${duration(time)}`).join(", ");
  const what = `${name}, one ${of === "tasks" ? "leaf" : "file"} edited of so many ${of}`;
  if (measured.length < 2) return `${what}: too few points`;
  const { slope, start } = lineThrough(measured);
  const unit = UNITS[of];
  return `${what}: ${times}; ${(slope * unit).toFixed(2)} ms per ${unit.toLocaleString("en")} above ${duration(start)}`;
}
