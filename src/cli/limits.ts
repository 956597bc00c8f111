import { parseDuration, parseSize } from "../manifest/units.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { unusable } from "./params.ts";

/** A flag whose text is parsed as a number. */
interface LimitFlag {
  readonly flag: string;
  /** Accepted notations, for the error message. */
  readonly example: string;
  parse(text: string): number | undefined;
}

/** The flags that say what may stay. */
export const LIMITS = {
  maxSize: { flag: "--max-size", parse: parseBytes, example: "500MB, 5GB or a number of bytes" },
  olderThan: { flag: "--older-than", parse: parseDuration, example: "12h or 30d" },
} as const satisfies Readonly<Record<string, LimitFlag>>;

/** Parses a limit; undefined when the flag was not given. */
export function limit({ flag, parse, example }: LimitFlag, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value === undefined) throw new DiagnosticError(unusable(`${flag} ${text}`, `write it as ${example}`));
  return value;
}

function parseBytes(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : parseSize(text);
}
