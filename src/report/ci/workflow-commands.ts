import { relative } from "node:path";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Location } from "../../model/location.ts";
import { describeEnding } from "../explain/failure.ts";
import type { CiLines } from "../run/plain.ts";

/**
 * Lines that GitHub Actions acts on, its "workflow commands": groups that fold in the log, and annotations that are shown in the
 * changed files.
 * @param root Absolute; paths of annotations are relative to it.
 */
export function workflowCommands(root: string): CiLines {
  return {
    grouped: (title, lines) => [`::group::${data(title)}`, ...lines, "::endgroup::"],
    failure({ task }, failure) {
      const [first] = failure.diagnostics;
      const message = first === undefined ? describeEnding(failure) : `${describeEnding(failure)}: ${first.message}`;
      return annotation("error", failure.location, { root, title: `task ${task} failed`, message });
    },
    diagnostic: (diagnostic) => diagnosticAnnotation(diagnostic, root),
  };
}

/** An annotation at the place of a diagnostic. */
export function diagnosticAnnotation({ severity, code, location, message, help }: Diagnostic, root: string): string {
  const advice = help === undefined || help.length === 0 ? "" : `\n${help.join("\n")}`;
  return annotation(severity, location, { root, title: code, message: `${message}${advice}` });
}

interface Annotation {
  readonly root: string;
  readonly title: string;
  readonly message: string;
}

function annotation(kind: "error" | "warning", at: Location | undefined, { root, title, message }: Annotation): string {
  const place = at === undefined ? "" : `file=${property(relative(root, at.file))},line=${at.line},col=${at.column},`;
  return `::${kind} ${place}title=${property(title)}::${data(message)}`;
}

const ESCAPES: Readonly<Record<string, string>> = { "%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C" };

function data(text: string): string {
  return text.replace(/[%\r\n]/g, (mark) => ESCAPES[mark] as string);
}

function property(text: string): string {
  return text.replace(/[%\r\n:,]/g, (mark) => ESCAPES[mark] as string);
}
