import type { Change } from "./description.ts";

/** Why a task is not fresh, or why it is not run. */
export type Reason =
  /** Outputs in place, fingerprint unchanged. */
  | { readonly kind: "unchanged" }
  /** No result of this task is known at all. */
  | { readonly kind: "new" }
  /** Something it depends on differs from the nearest earlier record. */
  | { readonly kind: "changed"; readonly changes: readonly Change[] }
  | { readonly kind: "outputs-missing"; readonly paths: readonly string[] }
  /** Another program or a person wrote to them. */
  | { readonly kind: "outputs-changed"; readonly paths: readonly string[] }
  /** The entry is known, but the bytes of these are no longer in the store. */
  | { readonly kind: "blobs-missing"; readonly paths: readonly string[] }
  /** The entry is known, but the bytes of these are in the shared cache alone. */
  | { readonly kind: "deferred"; readonly paths: readonly string[] }
  | { readonly kind: "forced" }
  | { readonly kind: "always" }
  /** `--no-cache-read`. */
  | { readonly kind: "cache-off" }
  | { readonly kind: "manual" }
  /** A named manual task without outputs, so that nothing shows whether its last result still holds. */
  | { readonly kind: "named" }
  /** The latest attempt with this fingerprint failed; failures are no entries. */
  | { readonly kind: "failed-before" }
  /** An input moved while it ran, or between two examinations. */
  | { readonly kind: "moved"; readonly paths: readonly string[] }
  /**
   * Nothing it depends on differs, but its latest success was not stored (`--no-cache-write`, or it was not cacheable).
   */
  | { readonly kind: "uncached" }
  /** Nothing it depends on differs, but its entry is no longer in the store. */
  | { readonly kind: "evicted" }
  /** With --dry: that task would run first, and what it makes is not known yet. */
  | { readonly kind: "upstream-stale"; readonly task: string }
  | { readonly kind: "upstream-failed"; readonly task: string }
  | { readonly kind: "upstream-skipped"; readonly task: string }
  /** No result was found for it as it is now, and nothing is to run. */
  | { readonly kind: "not-found" }
  | { readonly kind: "cancelled" }
  /** It is a service: it runs while a task needs it. */
  | { readonly kind: "service" }
  /** What it needs is missing or unusable: the diagnostics say what. */
  | { readonly kind: "unstartable" }
  /** It is an `each` that gives no units of what a task has made: the diagnostics say why. */
  | { readonly kind: "unexpandable" };

/** `defer`: what is in the places of outputs has to go, and they stay in the shared cache. */
export interface Decision {
  readonly action: "fresh" | "restore" | "defer" | "run" | "skip";
  readonly reason: Reason;
}

/** Of a task with nothing to do. */
export const UNCHANGED = { action: "fresh", reason: { kind: "unchanged" } } as const satisfies Decision;
