import type { Diagnostic } from "../diagnostic.ts";
import type { Digest } from "../digest.ts";
import type { Location } from "../location.ts";

/** What an `each` fans out over that is known only once a task has made it. */
export interface FannedOut {
  /** `value`: its elements. `directory`: the files in it. */
  readonly over: "value" | "directory";
  /** Workspace path of the task's output. */
  readonly path: string;
}

/**
 * A fan-out whose elements are known only once a task has made them. The graph holds the units of what the task had made when
 * the manifest was evaluated; a run evaluates it again when the task has made something else.
 */
export interface Expansion extends FannedOut {
  /** Name of the `each`: `clean`, or `clean[eu/*]` in the callback of another one. */
  readonly group: string;
  /** Id of the task. */
  readonly task: string;
  /** What decides which units there are (see `expansionDigest`). Null: nothing is there yet, and so there are no units. */
  readonly digest: Digest | null;
  /** Why it has no units, though there is something. */
  readonly problems?: readonly Diagnostic[];
  readonly location: Location;
  /** What the ids of its units begin with. */
  readonly units: string;
  /**
   * Names that lead from an element to its key, where the manifest has a function for that; none: only that function knows the key.
   * Absent: an element has the key that it has by itself.
   */
  readonly keyedBy?: readonly string[];
}

/** An expansion that decides whether a task exists, or of which units it reads. */
export interface ExpandedFrom {
  readonly group: string;
  /** Id of the task that makes what is fanned out. */
  readonly task: string;
  /** The task is one of its units. Absent: it reads them. */
  readonly isUnit?: true;
  /** As one of its units, it is derived from others. Absent: it is made of an element itself. */
  readonly isDerived?: true;
}

/** True when it is not known which units there are. */
export function isUnknown({ digest, problems }: Pick<Expansion, "digest" | "problems">): boolean {
  return digest === null || problems !== undefined;
}
