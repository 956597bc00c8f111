import type { ObjectDeclaration } from "../manifest/declaration.ts";
import type { Digest } from "../model/digest.ts";
import type { GraphReads } from "../model/evaluation/reads.ts";
import type { Graph } from "../model/graph.ts";
import type { PackedBefore } from "./packed/packed-tasks.ts";

/** What a graph was made of. */
export interface GraphOrigin {
  readonly reads: GraphReads;
  /**
   * Absolute path of each module and package.json → digest, null where there is none. Undefined: one was written while it was
   * loaded.
   */
  readonly digests: Readonly<Record<string, Digest | null>> | undefined;
}

/** A graph with its origin, as the snapshot holds it. */
export interface CachedGraph extends GraphOrigin {
  readonly graph: Graph;
  /** Its encoding in the snapshot. */
  readonly bytes?: Uint8Array;
  /** How the tasks of the snapshot are packed, of which most may be tasks of this graph. */
  readonly packed?: PackedBefore | undefined;
  /** What was declared, when it was evaluated in this process: a module is evaluated but once. */
  readonly objects?: readonly ObjectDeclaration[];
}
