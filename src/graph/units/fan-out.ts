import type { EachDeclaration } from "../../manifest/declaration.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { ExpandedFrom, Expansion } from "../../model/evaluation/expansion.ts";
import type { Unit } from "./callback.ts";
import type { Place } from "./place.ts";

/** An expansion of an `each`, or of one in its callback, with the keys of the elements around it, the outermost first. */
export interface PlacedExpansion {
  readonly keys: readonly string[];
  readonly expansion: Expansion;
}

/** An `each` where it stands, and the units that its callback has made so far. */
export interface FanOut {
  readonly each: EachDeclaration;
  readonly place: Place;
  /** Expansions that decide whether the element exists that it is in. */
  readonly around: readonly ExpandedFrom[];
  /** Where mistakes of its callback go. */
  readonly errors: Diagnostic[];
  /** By what tells its elements apart. */
  readonly units: Map<string, PlacedUnit>;
  /** Its own: without those of the `each`s in its callback. */
  expansions: readonly PlacedExpansion[];
  /** True when its callback is called only once tasks have names: it is over what a task makes, or over units of such. */
  readonly isLate: boolean;
  /** True when it, or an `each` in its callback, is late. */
  hasLate: boolean;
  state: "begun" | "busy" | "done";
}

export interface PlacedUnit {
  readonly unit: Unit;
  /** Expansions that decide whether it exists. */
  readonly from: readonly ExpandedFrom[];
}
