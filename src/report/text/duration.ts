const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Formats milliseconds for people: `12ms`, `1.2s`, `2m05s`. */
export function formatDuration(milliseconds: number): string {
  const rounded = Math.round(milliseconds);
  if (rounded < SECOND) return `${rounded}ms`;
  // Tenths first, so that 59.96 s becomes a minute and never "60.0s".
  const tenths = Math.round(rounded / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`;
  const seconds = Math.round(rounded / SECOND);
  return `${Math.floor(seconds / (MINUTE / SECOND))}m${String(seconds % 60).padStart(2, "0")}s`;
}
