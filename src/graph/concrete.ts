import type { TaskDeclaration } from "../manifest/declaration.ts";
import type { ExpandedFrom, Expansion } from "../model/evaluation/expansion.ts";
import type { Output } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import type { Unit } from "./units/callback.ts";

/** A task with its name, before its references are resolved. */
export interface Concrete {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly group?: string;
  readonly key?: string;
  /** Those that its key consists of. Absent: it is one. */
  readonly keys?: readonly string[];
  /** It is inc's own, in an element. */
  readonly isOwn?: true;
  /** How many units one call of its function may make. */
  readonly batch?: Batched;
  readonly declaration: TaskDeclaration;
  readonly outputs: readonly Output[];
  /** For a unit of what tasks make. */
  readonly expandedFrom?: readonly ExpandedFrom[];
}

/** The batch of an `each`, and where that is declared. */
export interface Batched {
  readonly size: number;
  readonly location: Location;
}

/** An `each` with its name. */
export interface Group {
  readonly name: string;
  /** In the order of their keys. */
  readonly units: readonly Unit[];
  /** Members under which there may be units, but are none now. Empty: all may be. */
  readonly open: ReadonlySet<string>;
  /** Those that decide which units there are, and the member that they are under. Empty: it concerns all. */
  readonly expansions: readonly { readonly member: string; readonly expansion: Expansion }[];
}
