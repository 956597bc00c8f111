import { createRequire } from "node:module";

/** The candidate that a name was probably meant to be; undefined when none is near enough to be a typing error. */
export function suggestion(name: string, candidates: Iterable<string>): string | undefined {
  // Loaded here: only messages about a wrong name need it.
  const { distance } = createRequire(import.meta.url)("fastest-levenshtein") as typeof import("fastest-levenshtein");
  let best: { readonly candidate: string; readonly steps: number } | undefined;
  for (const candidate of candidates) {
    const steps = candidate.toLowerCase() === name.toLowerCase() ? 0 : distance(name, candidate);
    if (steps <= allowed(name, candidate) && (best === undefined || steps < best.steps)) best = { candidate, steps };
  }
  return best?.candidate;
}

/** Steps: a third of the letters, two of four; never all letters of one, so that "N" resembles no "b". */
function allowed(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  const steps = length === 3 ? 1 : Math.max(2, Math.floor(length / 3));
  return Math.min(steps, Math.min(a.length, b.length) - 1);
}
