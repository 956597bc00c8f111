import type { Diagnostic } from "../model/diagnostic.ts";
import { checkout, isOnGitHub } from "../report/ci/github.ts";
import { diagnosticAnnotation } from "../report/ci/workflow-commands.ts";
import { renderDiagnostic } from "../report/explain/diagnostic.ts";
import { readSource } from "../report/explain/read-source.ts";
import { wantsColor } from "../report/text/color.ts";

/** Prints the diagnostics of a failed command on stderr. Returns its exit code: 2. */
export function printDiagnostics(diagnostics: readonly Diagnostic[]): number {
  for (const diagnostic of diagnostics) {
    process.stderr.write(`${renderHere(diagnostic, process.stderr)}\n`);
    if (isOnGitHub(process.env))
      process.stderr.write(`${diagnosticAnnotation(diagnostic, checkout(process.env, process.cwd()))}\n`);
  }
  return 2;
}

/** The lines of a diagnostic for a stream of this process, without a final line feed. */
export function renderHere(diagnostic: Diagnostic, stream: NodeJS.WriteStream): string {
  return renderDiagnostic(diagnostic, { color: wantsColor(process.env, stream), cwd: process.cwd(), readSource });
}
