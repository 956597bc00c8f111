/**
 * Formats a time, in milliseconds since the epoch, as ISO 8601 with the offset of this machine:
 * `2026-11-23T15:09:33+01:00`.
 */
export function localTime(time: number): string {
  const offset = -new Date(time).getTimezoneOffset();
  const shifted = new Date(time + offset * 60_000).toISOString().slice(0, 19);
  const sign = offset < 0 ? "-" : "+";
  return `${shifted}${sign}${twoDigits(Math.trunc(Math.abs(offset) / 60))}:${twoDigits(Math.abs(offset) % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
