import type { Diagnostic } from "../model/diagnostic.ts";
import type { Bounded } from "../store/upkeep/collect.ts";

/** How many evicted blobs the message names. */
const NAMED = 3;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** What the diagnostic INC3017 says of the bytes that are never evicted. */
export const WHAT_STAYS = {
  notes: [
    { message: "versions that are pinned, latest, in the workspace or protected by their object are never evicted" },
  ],
  help: ["inc du shows the largest objects; unpin versions, or let objects protect fewer: object(name, { keep: 3 })"],
} as const satisfies Pick<Diagnostic, "notes" | "help">;

/** Reports what a run evicted from a store that grew too large, or that it could evict nothing. */
export function boundedDiagnostic({ limit, held, evictions }: Bounded): Diagnostic {
  const code = evictions.length === 0 ? "INC3017" : "INC3018";
  const over = `the store holds ${gigabytes(held)}, more than its ${gigabytes(limit)}`;
  if (evictions.length === 0)
    return {
      code,
      severity: "warning",
      message: `${over}, and cannot be brought below: nothing was evicted`,
      ...WHAT_STAYS,
    };
  const freed = evictions.reduce((sum, { blob }) => sum + blob.size, 0);
  const largest = [...evictions].sort((a, b) => b.blob.size - a.blob.size).slice(0, NAMED);
  const names = largest.map(({ blob }) => blob.versions[0] ?? "bytes of no version");
  const more = evictions.length - names.length;
  return {
    code,
    severity: "warning",
    message: `${over}: ${evictions.length} blobs (${gigabytes(freed)}) were evicted, the least valuable`,
    notes: [{ message: `among them ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}` }],
    help: ["inc pin NAME@N protects a version from eviction; inc du shows the largest objects"],
  };
}
