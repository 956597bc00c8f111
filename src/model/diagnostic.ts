import type { DiagnosticCode } from "./codes.ts";
import type { Location } from "./location.ts";

/** A remark under a diagnostic, with the place it speaks of. */
export interface Note {
  readonly message: string;
  readonly location?: Location;
}

/**
 * An expected failure, as a value: what happened, where, why, and what to do next.
 * Anything thrown that is not a DiagnosticError is a bug of inc and is reported as an internal error.
 */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: "error" | "warning";
  /** One line, without a final stop: `task "train" reads "data/clean.parquet", but …`. */
  readonly message: string;
  readonly location?: Location;
  readonly notes?: readonly Note[];
  /** What to do next, one line each. */
  readonly help?: readonly string[];
}

/** Carries diagnostics through user code (a manifest that is being evaluated) and across layers. */
export class DiagnosticError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(...diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((diagnostic) => `${diagnostic.code}: ${diagnostic.message}`).join("\n"));
    this.name = "DiagnosticError";
    this.diagnostics = diagnostics;
  }
}

/** How many are shown at once: one mistake in a callback of `each` is made for each of perhaps 100,000 elements. */
const MOST_SHOWN = 20;

/** Each once, and no more than a person reads. */
export function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const all = [...new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic])).values()];
  const last = all[MOST_SHOWN - 1];
  if (last === undefined || all.length === MOST_SHOWN) return all;
  const rest = { message: `${all.length - MOST_SHOWN} more errors are not shown` };
  return [...all.slice(0, MOST_SHOWN - 1), { ...last, notes: [...(last.notes ?? []), rest] }];
}

/** What anything thrown says, in one text: code of users may throw what is no error. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
