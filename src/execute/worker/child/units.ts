import { returnedValue } from "../../../content/returned.ts";
import type { Diagnostic } from "../../../model/diagnostic.ts";
import { dictionary } from "../../../model/own.ts";
import type { Job, JobUnit, UnitEnd } from "../protocol.ts";
import { given } from "./context.ts";
import { notJson, noValues, valueMissing } from "./problems.ts";

/** What a function gets for one of several units. */
interface GivenUnit {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

/** The units that one call of a function makes, and what it says of each. */
export class CalledUnits {
  /** By their keys, as the function gets them. */
  readonly given: ReadonlyMap<string, GivenUnit>;
  readonly #job: Job;
  readonly #units: readonly JobUnit[];
  readonly #ends = new Map<JobUnit, UnitEnd>();

  /**
   * @param thrown Gives what an error says of a task.
   * @param accepts False once something has happened that may concern any unit.
   */
  constructor(
    job: Job,
    units: readonly JobUnit[],
    { thrown, accepts }: { thrown(task: string, error: unknown): readonly Diagnostic[]; accepts(): boolean },
  ) {
    this.#job = job;
    this.#units = units;
    this.given = new Map(
      units.map((unit) => [
        unit.key,
        {
          inputs: dictionary(unit.inputs.map(([label, input]) => [label, given(input)] as const)),
          outputs: dictionary(unit.outputs),
          // A value comes at the end.
          done: () => {
            if (!job.returns && accepts()) this.#end(unit, { diagnostics: [] });
          },
          fail: (error) => {
            if (accepts()) this.#end(unit, { diagnostics: thrown(unit.task, error) });
          },
        },
      ]),
    );
  }

  /** The function has returned, and nothing is wrong with the call: what it said nothing of is done. */
  returned(values: unknown): readonly Diagnostic[] {
    if (!this.#job.returns) {
      for (const unit of this.#units) this.#end(unit, { diagnostics: [] });
      return [];
    }
    if (!(values instanceof Map)) return [noValues(this.#job.task, values)];
    for (const unit of this.#units) this.#end(unit, this.#valueOf(unit, values));
    return [];
  }

  /** Null: nothing was said of it. */
  get ends(): readonly (UnitEnd | null)[] {
    return this.#units.map((unit) => this.#ends.get(unit) ?? null);
  }

  /** What was said first holds. */
  #end(unit: JobUnit, end: UnitEnd): void {
    if (!this.#ends.has(unit)) this.#ends.set(unit, end);
  }

  #valueOf({ task, key }: JobUnit, values: ReadonlyMap<unknown, unknown>): UnitEnd {
    if (!values.has(key)) return { diagnostics: [valueMissing(task, key)] };
    const json = returnedValue(values.get(key));
    return json.ok ? { diagnostics: [], value: json.text } : { diagnostics: [notJson(task, json.problem)] };
  }
}
