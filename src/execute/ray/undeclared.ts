import { isAbsolute, posix } from "node:path";
import { realFiles } from "../../host/files/files.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { isInnerPath, isWithin } from "../../model/path.ts";

/** How programs say that a file is not there. */
const ABSENT =
  /no such file|ENOENT|not found|cannot (?:find|open|access|read)|can't (?:find|open|read)|does not exist|doesn't exist/i;
const WORD = /[^\s'"`‘’“”:,;()[\]{}<>=]+/g;
/** How many are named, of the files that a command missed. */
const NAMED = 3;

/** Where a command failed that saw nothing but its inputs. */
export interface FailedThere {
  readonly task: Task;
  readonly log: string;
  /** The directory of the attempt, as its worker had it. */
  readonly place: string;
  /** Absolute path of the workspace. */
  readonly root: string;
  /** What was brought there. */
  readonly brought: readonly { readonly path: string }[];
}

/** Files of the workspace that a failed command asked for by its log and does not declare. */
export function undeclaredInputs(failed: FailedThere): readonly Diagnostic[] {
  const { task, root, brought } = failed;
  const there = new Set(brought.map(({ path }) => path));
  const missed = [
    ...new Set(
      failed.log
        .split("\n")
        .filter((line) => ABSENT.test(line))
        .flatMap((line) => pathsIn(line, failed)),
    ),
  ];
  const undeclared = missed.filter(
    (path) =>
      !there.has(path) &&
      !task.outputs.some((output) => isWithin(path, output.path)) &&
      realFiles.stat(`${root}/${path}`) !== undefined,
  );
  return undeclared.slice(0, NAMED).map((path) => undeclaredInput(task, path, root));
}

/** The workspace paths that the words of a line may mean. */
function pathsIn(line: string, { task, place }: FailedThere): readonly string[] {
  return (line.match(WORD) ?? []).flatMap((word) => {
    const path = isAbsolute(word) ? posix.relative(place, word) : posix.join(task.cwd, word);
    const inner = path.replace(/\/+$/, "");
    return isInnerPath(inner) ? [inner] : [];
  });
}

/** @param path Relative to the workspace. */
export function undeclaredInput(task: Task, path: string, root: string): Diagnostic {
  const isDirectory = realFiles.stat(`${root}/${path}`)?.type === "directory";
  return {
    code: "INC4350",
    severity: "error",
    message: `task "${task.id}" reads "${path}", which it does not declare`,
    location: task.location,
    notes: [{ message: "it ran on another machine, where nothing but its declared inputs is" }],
    help: [`declare it: inputs: [${isDirectory ? "files" : "file"}("${path}${isDirectory ? "/**" : ""}")]`],
  };
}
