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

/** The diagnostic of an unusable argument. @param help What to write instead. */
export function unusable(what: string, help: string): Diagnostic {
  return { code: "INC1003", severity: "error", message: `"${what}" cannot be used`, help: [help] };
}
