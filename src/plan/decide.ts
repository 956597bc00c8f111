import type { Decision, Reason } from "../model/decision.ts";
import type { Artifact, Entry } from "../model/entry.ts";
import { type Identity, sameIdentity } from "../model/identity.ts";

/** What `decide` asks of the world, so that it stays pure. Paths are relative to the workspace. */
export interface DecisionContext {
  readonly rerun: "on-change" | "always" | "manual";
  /** `--force` names this task, or all. */
  readonly forced: boolean;
  /** The task was named and has no outputs, so nothing shows whether its last result still holds. */
  readonly byHand: boolean;
  /** False with `--no-cache-read`. */
  readonly readCache: boolean;
  /** The current identity of a path; undefined: absent. */
  identify(path: string): Identity | undefined;
  /** True when the store has every byte of the artifact. */
  available(artifact: Artifact): boolean;
  /**
   * True when the outputs of a deferred entry may stay in the shared cache.
   * @param changed Those in whose places something else is, which would have to go.
   */
  defers(entry: Entry, changed: readonly string[]): boolean;
}

/**
 * Decides what to do about a task, from its entry and the state of the workspace.
 * Returns undefined when there is no entry: the caller then finds the reason, which costs a look at earlier records.
 */
export function decide(entry: Entry | undefined, context: DecisionContext): Decision | undefined {
  if (context.forced) return { action: "run", reason: { kind: "forced" } };
  if (context.rerun === "always") return { action: "run", reason: { kind: "always" } };
  if (context.rerun === "manual" && context.byHand) return { action: "run", reason: { kind: "named" } };
  if (!context.readCache) return { action: "run", reason: { kind: "cache-off" } };
  if (entry === undefined) return undefined;
  const missing: string[] = [];
  const changed: string[] = [];
  const gone: string[] = [];
  for (const artifact of entry.outputs) {
    const now = context.identify(artifact.path);
    if (sameIdentity(now, artifact.identity)) continue;
    (now === undefined ? missing : changed).push(artifact.path);
    if (!context.available(artifact)) gone.push(artifact.path);
  }
  if (missing.length === 0 && changed.length === 0) return { action: "fresh", reason: { kind: "unchanged" } };
  // It stays so while its bytes come here by another way: else what a run leaves would depend on the order of its tasks.
  if (entry.deferred === true && context.defers(entry, changed)) return defer(missing, changed);
  if (gone.length > 0)
    return { action: "run", reason: { kind: entry.deferred === true ? "deferred" : "blobs-missing", paths: gone } };
  return changed.length > 0
    ? { action: "restore", reason: { kind: "outputs-changed", paths: changed } }
    : { action: "restore", reason: { kind: "outputs-missing", paths: missing } };
}

/**
 * A result whose bytes are in the shared cache is as good as any until an attempt needs them.
 * @param missing Outputs in whose places nothing is.
 * @param changed Outputs in whose places something else is.
 */
function defer(missing: readonly string[], changed: readonly string[]): Decision {
  return changed.length > 0
    ? { action: "defer", reason: { kind: "outputs-changed", paths: changed } }
    : { action: "fresh", reason: { kind: "deferred", paths: missing } };
}

/** Reasons to run a task whatever results there are. */
const REGARDLESS: ReadonlySet<Reason["kind"]> = new Set(["forced", "always", "named", "cache-off"]);

/** True for a task that runs only because the store does not have its result. */
export function lacksResult({ action, reason }: Decision): boolean {
  return action === "run" && !REGARDLESS.has(reason.kind);
}
