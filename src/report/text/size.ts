const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Formats bytes for people: `312 B`, `1.2 KiB`, `16 MiB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // Rounded first, so that 1023.96 KiB becomes 1.0 MiB and never "1024.0 KiB".
  while (unit < UNITS.length - 1 && Math.round(value * 10) / 10 >= 1024) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
