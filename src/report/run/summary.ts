import type { Summary } from "../../model/event.ts";
import { formatDuration } from "../text/duration.ts";

/** The line at the end of every run, even of one with nothing to do. Without a line feed. */
export function renderSummary(summary: Summary): string {
  const counts = summary.dry
    ? [wouldRun(summary), `would restore ${summary.wouldRestore}`, `fresh ${summary.fresh}`]
    : [`ran ${summary.ran}`, `restored ${summary.restored}`, `fresh ${summary.fresh}`, `failed ${summary.failed}`];
  if (summary.skipped > 0) counts.push(`skipped ${summary.skipped}`);
  if (summary.cancelled > 0) counts.push(`cancelled ${summary.cancelled}`);
  const saved = summary.saved > 0 ? ` (saved ${formatDuration(summary.saved)})` : "";
  return `${counts.join(", ")} in ${formatDuration(summary.duration)}${saved}`;
}

/** Tasks that may turn out fresh, because an earlier task makes the same outputs again, are not counted as certain. */
function wouldRun({ wouldRun: all, mayRun }: Summary): string {
  return mayRun === 0 ? `would run ${all}` : `would run ${all - mayRun}, perhaps ${mayRun} more`;
}
