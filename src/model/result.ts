import type { Diagnostic } from "./diagnostic.ts";

/** A value, or the diagnostics that say why there is none. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };
