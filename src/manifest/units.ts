import { DiagnosticError } from "../model/diagnostic.ts";
import type { Location } from "../model/location.ts";

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `1.5s`, `2m`, `1h30m`: milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g))
    total += Number(amount) * (MILLISECONDS[unit as string] as number);
  return total;
}

/** `512MB`, `2GiB`: bytes; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)$/.exec(text);
  return match === null ? undefined : Math.round(Number(match[1]) * (BYTES[match[2] as string] as number));
}

export function badDuration(what: string, written: string, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2012",
    severity: "error",
    message: `${what} is "${written}", which is not a duration`,
    location,
    help: ["write a number with a unit: 500ms, 30s, 2m, 1h30m"],
  });
}

export function badSize(what: string, written: string, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2013",
    severity: "error",
    message: `${what} is "${written}", which is not a size`,
    location,
    help: ["write a number with a unit: 512MB, 2GiB"],
  });
}
