import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { median } from "../timing/statistics.ts";
import { type Timed, timed } from "../timing/timed.ts";
import type { Contestant } from "./contestants.ts";
import { isOverFiles, type Work } from "./work.ts";

export const STEPS = ["cold", "no-op", "one edit"] as const;
export type Step = (typeof STEPS)[number];

/** What one contestant took. */
export interface Measured {
  /** Median wall milliseconds. */
  readonly time: number;
  /** Median milliseconds of processor time, with that of its children; undefined where the system does not say. */
  readonly cpu: number | undefined;
  /** The most megabytes of its own process. */
  readonly peak: number;
}

export type Results = ReadonlyMap<string, Readonly<Record<Step, Measured>>>;

/** How many units have to run for each edit: one, and over elements the task that makes the value. */
function due({ kind, count }: Work, step: Step): number {
  const makers = isOverFiles(kind) ? 0 : 1;
  return step === "cold" ? count + makers : step === "no-op" ? 0 : 1 + makers;
}

/** Lets all do the same work, one after the other in each round, and checks what each has made. */
export async function measure(work: Work, all: readonly Contestant[], rounds: number, at: string): Promise<Results> {
  const taken = new Map(all.map(({ name }) => [name, new Map<Step, Timed[]>()]));
  const run = async (contestant: Contestant, step: Step): Promise<void> => {
    const root = join(at, contestant.name);
    const done = await timed({ command: contestant.command, cwd: root, looksAtMemory: true });
    const ran = contestant.ran(done.text);
    if (contestant.name === "inc" && ran !== due(work, step))
      throw new Error(`inc ran ${ran} tasks for ${step}, not ${due(work, step)}:\n${done.text.slice(-2000)}`);
    work.check(root, `${contestant.name}, ${step}`);
    const times = taken.get(contestant.name)?.get(step) ?? [];
    taken.get(contestant.name)?.set(step, [...times, done]);
  };
  for (const contestant of all) {
    const root = join(at, contestant.name);
    mkdirSync(root, { recursive: true });
    work.writeTo(root);
    contestant.prepare(root, work);
    await run(contestant, "cold");
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of all) await run(contestant, "no-op");
    const edited = work.edit();
    for (const contestant of all) {
      work.writeEdit(join(at, contestant.name), edited);
      await run(contestant, "one edit");
    }
  }
  return new Map([...taken].map(([name, steps]) => [name, summary(steps)]));
}

function summary(steps: ReadonlyMap<Step, readonly Timed[]>): Readonly<Record<Step, Measured>> {
  const of = (step: Step): Measured => {
    const all = steps.get(step) ?? [];
    const cpu = all.flatMap((one) => one.cpu ?? []);
    return {
      time: median(all.map(({ time }) => time)),
      cpu: cpu.length === 0 ? undefined : median(cpu),
      peak: Math.max(...all.map(({ peak = 0 }) => peak)),
    };
  };
  return { cold: of("cold"), "no-op": of("no-op"), "one edit": of("one edit") };
}
