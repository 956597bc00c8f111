import type { ObjectDeclaration } from "../manifest/declaration.ts";
import type { Digest } from "../model/digest.ts";
import type { Graph, GraphReads } from "../model/graph.ts";

/** A graph with what it was made of, as the snapshot keeps it. `bytes`: as the snapshot had it. */
export interface CachedGraph {
  readonly graph: Graph;
  readonly reads: GraphReads;
  readonly bytes?: Uint8Array;
  /** What was declared, when it was evaluated in this process: a module is evaluated but once. */
  readonly objects?: readonly ObjectDeclaration[];
  /** Absolute path of each module and package.json → digest, null where there is none; undefined: one was written while it was loaded. */
  readonly digests: Readonly<Record<string, Digest | null>> | undefined;
}
