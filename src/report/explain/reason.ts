import type { Reason } from "../../model/decision.ts";
import type { Change } from "../../model/description.ts";
import { pathName } from "../../model/object-name.ts";
import { printable } from "../../model/printable.ts";

/** Says in part of a line why a task is not fresh: `data/eu.csv changed, +2 more`. */
export function describeReason(reason: Reason): string {
  switch (reason.kind) {
    case "unchanged":
      return "unchanged";
    case "new":
      return "never ran before";
    case "changed":
      return first(withoutConsequences(reason.changes).map(describeChange), "changed");
    case "outputs-missing":
      return first(
        reason.paths.map((path) => `output ${pathName(path)} is missing`),
        "outputs are missing",
      );
    case "outputs-changed":
      return first(
        reason.paths.map((path) => `output ${pathName(path)} differs`),
        "outputs differ",
      );
    case "blobs-missing":
      return first(
        reason.paths.map((path) => `${pathName(path)} is no longer in the store`),
        "no longer in the store",
      );
    case "deferred":
      return first(
        reason.paths.map((path) => `${pathName(path)} is in the shared cache only`),
        "in the shared cache only",
      );
    case "moved":
      return first(
        reason.paths.map((path) => `${pathName(path)} changed during the run`),
        "inputs changed during the run",
      );
    case "upstream-stale":
      return `${reason.task} would run first`;
    case "upstream-failed":
      return `${reason.task} failed`;
    case "upstream-skipped":
      return `${reason.task} was skipped`;
    default:
      return FIXED[reason.kind];
  }
}

const FIXED = {
  forced: "forced",
  always: "always reruns",
  "cache-off": "reading the cache is off",
  manual: "runs only by hand",
  named: "runs whenever it is named",
  "failed-before": "failed last time",
  uncached: "its last result was not stored",
  evicted: "its result is no longer in the store",
  "not-found": "no result was found for it as it is now",
  cancelled: "cancelled",
  service: "a service",
  unstartable: "cannot be started",
  unexpandable: "has no units of what was made",
} as const;

function first(texts: readonly string[], none: string): string {
  const [text = none, ...others] = texts;
  return others.length === 0 ? text : `${text}, +${others.length} more`;
}

/** Leaves out the change of a command that differs only in the paths of files that came or went. */
function withoutConsequences(changes: readonly Change[]): readonly Change[] {
  const paths = changes.flatMap((change) =>
    change.aspect === "file" && (change.before === undefined || change.after === undefined) ? [change.path] : [],
  );
  if (paths.length === 0) return changes;
  const isPath = (word: string): boolean =>
    paths.some((path) => path === word || path.endsWith(`/${word}`) || word.endsWith(`/${path}`));
  const otherWords = (lines: readonly string[]): string =>
    lines
      .flatMap((line) => line.split(/\s+/))
      .filter((word) => word !== "" && !isPath(word.replace(/^'(.*)'$/, "$1")))
      .join(" ");
  return changes.filter(
    (change) => change.aspect !== "command" || otherWords(change.removed) !== otherWords(change.added),
  );
}

function describeChange(change: Change): string {
  switch (change.aspect) {
    case "file":
      return `${pathName(change.path)} ${verb(change)}`;
    case "env":
      return `variable ${change.name} ${verb(change)}`;
    case "param":
    case "tool":
    case "object":
      return `${change.aspect} ${change.name} ${verb(change)}`;
    case "entry":
      return `a task it depends on ${verb(change)}`;
    case "service":
      return `a service that it needs ${verb(change)}`;
    case "outputs":
      return "declared outputs changed";
    case "inputs":
      return "what inputs stand for changed";
    case "code":
      return codeReason(change.parts.map(({ name }) => name));
    case "version":
      return `the version of its code ${verb(change)}`;
    case "node":
      return "the version of Node changed";
    case "runtimeEnv":
      return `what Ray sets up for it ${verb(change)}`;
    case "cwd":
      return "working directory changed";
    default:
      return `${change.aspect} changed`;
  }
}

/** Names the first part that changed, the function itself last. */
function codeReason(names: readonly string[]): string {
  const first = names.find((name) => name !== "run") ?? names[0];
  if (first === undefined) return "what its code captured changed";
  return first === "run" ? "its code changed" : `its code changed: ${printable(first)}`;
}

function verb(change: { readonly before?: unknown; readonly after?: unknown }): string {
  if (change.before === undefined) return "was added";
  return change.after === undefined ? "was removed" : "changed";
}
