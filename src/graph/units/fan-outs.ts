import type { EachDeclaration } from "../../manifest/declaration.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { ExpandedFrom } from "../../model/evaluation/expansion.ts";
import type { Group } from "../concrete.ts";
import { callOne, sorted, type Unit } from "./callback.ts";
import { type DeclaredContext, declaredElements, outputsOf } from "./declared.ts";
import { inCircle, isDerived, sourcesFirst, unnamedSource } from "./derived.ts";
import { DerivedUnits, elementsIn, withProblems } from "./derived-units.ts";
import type { FanOut, PlacedUnit } from "./fan-out.ts";
import { elementsOfMade, type MadeContext, type MadeSource } from "./made.ts";
import { joined, keyOf, type Place, placeIn } from "./place.ts";

/** What the expansion of `each`s asks of the world. */
export interface ExpandContext extends DeclaredContext, MadeContext {
  /** What is there to expand an `each` over what a task makes. Undefined: it cannot be, and an error says why. */
  made(each: EachDeclaration, place: Place): MadeSource | undefined;
  /** Gives names to the tasks of a unit: from then on others may be over what they make. */
  name(unit: PlacedUnit, fanOut: FanOut): void;
}

/** How many `each`s may be in one another: a callback that calls itself would never end. */
const DEEPEST = 8;

/**
 * Expands `each`s: calls the callbacks for the elements, and so on for the `each`s that those return. First all that is known from
 * the manifest and its sources. A set never holds what the graph makes, the units themselves included, so sets are expanded again
 * while the units' outputs take elements away; elements are only ever removed, so this ends. Then what is over results of tasks.
 */
export class FanOuts {
  readonly errors: Diagnostic[] = [];
  readonly #byEach = new Map<EachDeclaration, FanOut>();
  readonly #flat = new Map<FanOut, readonly PlacedUnit[]>();
  readonly #roots: readonly EachDeclaration[];
  readonly #names: ReadonlyMap<EachDeclaration, string>;
  readonly #outputs: ReadonlySet<string>;
  readonly #context: ExpandContext;

  /**
   * @param names Of the exported ones.
   * @param outputs Of tasks that are no units.
   */
  constructor(names: ReadonlyMap<EachDeclaration, string>, outputs: ReadonlySet<string>, context: ExpandContext) {
    this.#names = names;
    this.#roots = sourcesFirst([...names.keys()]);
    this.#outputs = outputs;
    this.#context = context;
  }

  /** All that have units, those in callbacks after those that they are in. */
  expand(): readonly FanOut[] {
    for (const each of this.#roots)
      this.#begin(each, { top: this.#names.get(each) as string, keys: [], member: "" }, [], this.errors);
    while (this.#removeMade());
    for (const fanOut of this.#living()) if (!fanOut.isLate) this.#nameUnits(fanOut);
    for (const each of this.#roots) this.#finish(this.#of(each));
    return [...this.#living()];
  }

  /** The units of an `each`, with those of the `each`s in its callback in place of the ones that have only those. */
  unitsOf(fanOut: FanOut): readonly PlacedUnit[] {
    let flat = this.#flat.get(fanOut);
    if (flat === undefined) {
      const all = new Map(
        [...fanOut.units.values()].flatMap((placed) => this.#partsOf(placed)).map((it) => [it.unit, it]),
      );
      const own = isDerived(fanOut.each) ? [] : [...fanOut.units.values()].map(({ unit }) => unit);
      flat = sorted(fanOut.each, [...all.keys()], new Set(own), this.errors).map((unit) => all.get(unit) as PlacedUnit);
      this.#flat.set(fanOut, flat);
    }
    return flat;
  }

  /** Members under which an `each` has no units: it, or one in its callback, has no elements. */
  openIn({ each, place }: FanOut): Group["open"] {
    const empty = [...this.#living([each])].filter(({ units }) => units.size === 0);
    return new Set(empty.map(({ place: { member } }) => below(place.member, member)));
  }

  /** Those that decide on the units of an `each` and of the ones in its callback, and the member that these are under. */
  expansionsOf({ each, place }: FanOut): Group["expansions"] {
    return [...this.#living([each])].flatMap(({ place: { member }, expansions }) =>
      expansions.map(({ expansion }) => ({ member: below(place.member, member), expansion })),
    );
  }

  #partsOf(placed: PlacedUnit): readonly PlacedUnit[] {
    const { unit } = placed;
    if (unit.inner.size === 0) return [placed];
    const parts = [...unit.inner].flatMap(([name, each]) =>
      this.unitsOf(this.#of(each)).map(({ unit: part, from }) => ({ unit: within(unit, name, part), from })),
    );
    return unit.tasks.size === 0 ? parts : [placed, ...parts];
  }

  /** An `each` that was begun. */
  #of(each: EachDeclaration): FanOut {
    return this.#byEach.get(each) as FanOut;
  }

  #begin(each: EachDeclaration, place: Place, around: readonly ExpandedFrom[], errors: Diagnostic[]): void {
    const source = isDerived(each) ? this.#byEach.get(each.over.of) : undefined;
    const isLate =
      each.over.kind === "made" || (isDerived(each) && (place.keys.length > 0 || source?.hasLate === true));
    const fanOut: FanOut = {
      each,
      place,
      around,
      // What is wrong with the element around it was known before.
      errors: isLate ? this.errors : errors,
      units: new Map(),
      expansions: [],
      isLate,
      hasLate: isLate,
      state: "begun",
    };
    this.#byEach.set(each, fanOut);
    if (isLate) return;
    if (!isDerived(each)) {
      for (const { id, key, value } of declaredElements(each, this.#outputs, this.#context, errors))
        this.#call(fanOut, { id, keys: [key], value, from: around, errors });
    } else if (source === undefined) errors.push(unnamedSource(each));
    else
      for (const { id, keys, value } of elementsIn(source, each, this.#byEach, errors).elements)
        this.#call(fanOut, { id, keys, value, from: around, errors });
  }

  #call(fanOut: FanOut, { id, keys, value, from, errors }: Call): void {
    const unit = callOne(fanOut.each, keys, value, errors);
    if (unit === undefined) return;
    for (const [name, inner] of unit.inner) {
      const place = placeIn(fanOut.place, keys, name);
      const problem = this.#byEach.has(inner) ? fromOutside(fanOut.each, inner) : tooDeep(fanOut.each, place);
      if (problem !== undefined) {
        errors.push(problem);
        return;
      }
      this.#begin(inner, place, from, errors);
      fanOut.hasLate ||= this.#of(inner).hasLate;
    }
    fanOut.units.set(id, { unit, from });
  }

  /** Those whose elements exist. */
  *#living(eachs: Iterable<EachDeclaration> = this.#roots): Iterable<FanOut> {
    for (const each of eachs) {
      const fanOut = this.#of(each);
      yield fanOut;
      for (const { unit } of fanOut.units.values()) if (unit.inner.size > 0) yield* this.#living(unit.inner.values());
    }
  }

  /** Takes away the elements of sets that units make, with what is derived from them. True: there were some. */
  #removeMade(): boolean {
    let removed = false;
    const living = [...this.#living()];
    const all = new Set(this.#outputs);
    for (const { units } of living)
      for (const { unit } of units.values()) for (const path of outputsOf(unit, this.#context.paths)) all.add(path);
    for (const fanOut of living) {
      const still = this.#stillThere(fanOut, all);
      if (still === undefined) continue;
      for (const id of fanOut.units.keys()) if (!still.has(id)) removed = fanOut.units.delete(id) || removed;
    }
    return removed;
  }

  /** Undefined: nothing takes its elements away. */
  #stillThere({ each, isLate }: FanOut, outputs: ReadonlySet<string>): ReadonlySet<string> | undefined {
    if (isLate) return undefined;
    if (each.over.kind === "files") return new Set(this.#context.expand(this.#context.setOf(each), outputs));
    if (!isDerived(each)) return undefined;
    const source = this.#byEach.get(each.over.of);
    return source && new Set(elementsIn(source, each, this.#byEach, []).elements.map(({ id }) => id));
  }

  #nameUnits(fanOut: FanOut): void {
    for (const placed of fanOut.units.values()) this.#context.name(placed, fanOut);
  }

  /** Calls the callbacks that wait for names of tasks, in it and in what its own callback returned. */
  #finish(fanOut: FanOut): void {
    if (fanOut.state !== "begun") return;
    fanOut.state = "busy";
    if (fanOut.isLate) {
      if (isDerived(fanOut.each)) this.#derive(fanOut);
      else this.#expandMade(fanOut);
      for (const inner of this.#living([fanOut.each])) if (inner === fanOut || !inner.isLate) this.#nameUnits(inner);
    }
    for (const { unit } of fanOut.units.values())
      for (const inner of unit.inner.values()) this.#finish(this.#of(inner));
    fanOut.state = "done";
  }

  /** A mistake in what the task has made is a problem of the expansion, which has no units then. */
  #expandMade(fanOut: FanOut): void {
    const { each, place, around, units } = fanOut;
    const made = this.#context.made(each, place);
    if (made === undefined) return;
    const problems: Diagnostic[] = [];
    const { expansion } = made;
    const from = [...around, { group: expansion.group, task: expansion.task, isUnit: true as const }];
    elementsOfMade(each, made, this.#context, problems).forEach(({ key, value }, i) => {
      this.#call(fanOut, { id: `${i}`, keys: [key], value, from, errors: problems });
    });
    const own = [...units.values()].map(({ unit }) => unit);
    sorted(each, own, new Set(own), problems);
    if (problems.length > 0) units.clear();
    fanOut.expansions = [{ keys: place.keys, expansion: withProblems(expansion, problems) }];
  }

  #derive(fanOut: FanOut): void {
    const { each, errors } = fanOut;
    if (!isDerived(each)) return;
    const source = this.#byEach.get(each.over.of);
    if (source === undefined) {
      errors.push(unnamedSource(each));
      return;
    }
    this.#finish(source);
    if (source.state === "busy") {
      errors.push(inCircle(each));
      return;
    }
    const { elements, expansions } = elementsIn(source, each, this.#byEach, errors);
    const derived = new DerivedUnits(fanOut, expansions);
    for (const element of elements) this.#call(fanOut, { ...element, ...derived.belonging(element) });
    fanOut.expansions = derived.end();
  }
}

/** An element for which a callback is called. */
interface Call {
  readonly id: string;
  readonly keys: readonly string[];
  readonly value: unknown;
  readonly from: readonly ExpandedFrom[];
  readonly errors: Diagnostic[];
}

/** A member without the one that it is in. */
function below(above: string, member: string): string {
  return above === "" ? member : member.slice(above.length + 1);
}

/** A unit of an `each` that the callback of another one returned for a unit of that. */
function within({ keys: above }: Unit, name: string, part: Unit): Unit {
  const keys = [...above, ...part.keys];
  const tasks = new Map([...part.tasks].map(([member, task]) => [joined(name, member), task]));
  return { ...part, key: keyOf(keys), keys, tasks, inner: new Map() };
}

function fromOutside(each: EachDeclaration, inner: EachDeclaration): Diagnostic {
  return {
    code: "INC2505",
    severity: "error",
    message: "the callback of each() returned an each() that was not made in it",
    location: each.location,
    notes: [{ message: "it was made here", location: inner.location }],
    help: ["make one in the callback, whose units then belong to the element: (element) => each(…)"],
  };
}

function tooDeep(each: EachDeclaration, { keys }: Place): Diagnostic | undefined {
  if (keys.length < DEEPEST) return undefined;
  return {
    code: "INC2505",
    severity: "error",
    message: `an each() is in the callbacks of ${DEEPEST} others`,
    location: each.location,
    help: ["end the recursion, or fan out over all combinations at once: each(combinations, { key }, …)"],
  };
}
