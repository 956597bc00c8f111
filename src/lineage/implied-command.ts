import { quoteWord } from "../graph/shell-text.ts";
import type { Change } from "../model/description.ts";
import type { AttemptRecord } from "../model/entry.ts";

/** Words of a command; what is quoted holds together. */
const WORD = /(?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"])+/g;

/**
 * True when two commands differ only in what was put into them: the value of a parameter or a variable, or paths that came
 * or went. Such a difference has its reason there. False where it is not sure: then the command is a reason too.
 */
export function impliedCommand(before: AttemptRecord, after: AttemptRecord, changes: readonly Change[]): boolean {
  const gone = wordsWithout(
    before,
    changes.flatMap((change) => pathOnlyIn(change, "before")),
  );
  const come = wordsWithout(
    after,
    changes.flatMap((change) => pathOnlyIn(change, "after")),
  );
  const values = changes.flatMap(valuesOf);
  return (
    gone.length === come.length &&
    gone.every((word, i) => word === come[i] || values.some(([a, b]) => word.replaceAll(a, b) === come[i]))
  );
}

/** Before and after, as they stand in a command. */
function valuesOf(change: Change): readonly (readonly [before: string, after: string])[] {
  const [a, b] =
    change.aspect === "param"
      ? [change.before, change.after]
      : change.aspect === "env" && change.before?.kind === "value" && change.after?.kind === "value"
        ? [change.before.value, change.after.value]
        : [];
  if (a === undefined || b === undefined) return [];
  return a === ""
    ? [[quoteWord(a), quoteWord(b)]]
    : [
        [quoteWord(a), quoteWord(b)],
        [a, b],
      ];
}

function pathOnlyIn(change: Change, side: "before" | "after"): readonly string[] {
  const other = side === "before" ? "after" : "before";
  return change.aspect === "file" && change[side] !== undefined && change[other] === undefined ? [change.path] : [];
}

function wordsWithout({ description }: AttemptRecord, paths: readonly string[]): readonly string[] {
  const left = new Set(paths.flatMap((path) => [path, quoteWord(path)]));
  const words = description.shell === "exec" ? description.command : (description.command.join("\n").match(WORD) ?? []);
  return words.filter((word) => !left.has(word));
}
