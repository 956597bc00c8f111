import { parseDuration } from "../manifest/units.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import { dictionary } from "../model/own.ts";

/** Parses texts like `name=value` into a record. */
export function parseParams(given: readonly string[] | undefined): Record<string, string> {
  return dictionary(
    (given ?? []).map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new DiagnosticError(unusable(`--param ${text}`, "write it as --param name=value"));
      return [text.slice(0, at), text.slice(at + 1)] as const;
    }),
  );
}

/** Parses the value of --lock-wait into milliseconds. */
export function parseLockWait(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const parsed = text === "0" ? 0 : parseDuration(text);
  if (parsed === undefined)
    throw new DiagnosticError(unusable(`--lock-wait ${text}`, "use a duration, such as 30s or 5m, or 0"));
  return parsed;
}

/** The diagnostic of an unusable argument. @param help What to write instead. */
export function unusable(what: string, help: string): Diagnostic {
  return { code: "INC1003", severity: "error", message: `"${what}" cannot be used`, help: [help] };
}
