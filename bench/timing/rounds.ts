import type { Measured } from "../table/goals.ts";
import { median } from "./statistics.ts";

export interface Sample {
  /** Milliseconds. */
  readonly time: number;
  /** Megabytes. */
  readonly peak?: number;
  readonly ran?: number;
}

/** One of those that are measured side by side. */
export interface Contestant {
  readonly name: string;
  /** Prepares a turn, untimed. */
  readonly change?: () => Promise<void>;
  readonly turn: () => Promise<Sample>;
}

export interface Summary extends Measured {
  /** The different numbers of tasks that the turns ran. */
  readonly ran: readonly number[];
}

export interface Comparison {
  readonly measured: ReadonlyMap<string, Summary>;
  /** Messages of those that failed, and were left out from then on. */
  readonly failures: ReadonlyMap<string, string>;
}

const FEWEST = 3;
const MOST = 15;

/**
 * Measures all in each round, in alternating order, so that the noise of the machine reaches all alike.
 * @param limit Milliseconds after which no further round begins, except for the first three.
 */
export async function compare(contestants: readonly Contestant[], limit: number): Promise<Comparison> {
  const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]));
  const failures = new Map<string, string>();
  const begun = performance.now();
  for (let round = 0; round < FEWEST || (round < MOST && performance.now() - begun < limit); round += 1)
    for (const { name, change, turn } of round % 2 === 0 ? contestants : contestants.toReversed()) {
      if (failures.has(name)) continue;
      try {
        await change?.();
        samples.get(name)?.push(await turn());
      } catch (error) {
        failures.set(name, error instanceof Error ? error.message : String(error));
        samples.delete(name);
      }
    }
  return { measured: new Map([...samples].map(([name, turns]) => [name, summarize(turns)])), failures };
}

function summarize(turns: readonly Sample[]): Summary {
  const peaks = turns.flatMap(({ peak }) => peak ?? []);
  return {
    time: median(turns.map(({ time }) => time)),
    ran: [...new Set(turns.flatMap(({ ran }) => ran ?? []))],
    ...(peaks.length === 0 ? {} : { peak: median(peaks) }),
  };
}
