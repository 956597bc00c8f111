import { isAbsolute, posix } from "node:path";
import { realFiles } from "../../host/files/files.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { isInnerPath, isWithin } from "../../model/path.ts";

/** How programs say that a file is not there. */
const ABSENT =
  /no such file|ENOENT|not found|cannot (?:find|open|access|read)|can't (?:find|open|read|locate)|does not exist|doesn't exist|no rule to make target/i;
const WORD = /[^\s'"`‘’“”:,;()[\]{}<>=]+/g;
/** How Python says it of a module. */
const MODULE = /No module named '?([\w.]+)/;
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
  const { task, log, root, brought } = failed;
  const there = new Set(brought.map(({ path }) => path));
  const directories = [...new Set([task.cwd, ...brought.map(({ path }) => posix.dirname(path))])];
  const missed = new Set(log.split("\n").flatMap((line) => pathsIn(line, { ...failed, directories })));
  const undeclared = [...missed].filter(
    (path) =>
      isInnerPath(path) &&
      !there.has(path) &&
      !task.outputs.some((output) => isWithin(path, output.path)) &&
      realFiles.stat(`${root}/${path}`) !== undefined,
  );
  return undeclared.slice(0, NAMED).map((path) => undeclaredInput(task, path, root));
}

/** The paths that a line may mean. @param directories In which programs look for what is included or imported: first the working directory. */
function pathsIn(
  line: string,
  { place, directories }: FailedThere & { readonly directories: readonly string[] },
): readonly string[] {
  const module = MODULE.exec(line)?.[1]?.replaceAll(".", "/");
  if (module !== undefined)
    return directories.flatMap((directory) => {
      const path = posix.join(directory, module);
      return [`${path}.py`, path];
    });
  if (!ABSENT.test(line)) return [];
  return (line.match(WORD) ?? []).flatMap((word) => {
    // A sentence may end with it.
    const path = word.replace(/[/.]+$/, "");
    if (path === "") return [];
    if (isAbsolute(path)) return [posix.relative(place, path)];
    // A file that another one includes is named from there; a bare word may mean anything.
    const from = /[./]/.test(path) ? directories : directories.slice(0, 1);
    return from.map((directory) => posix.join(directory, path));
  });
}

/** @param path Relative to the workspace. */
export function undeclaredInput(task: Task, path: string, root: string): Diagnostic {
  const isDirectory = realFiles.stat(`${root}/${path}`)?.type === "directory";
  const input = `${isDirectory ? "files" : "file"}("${path}${isDirectory ? "/**" : ""}")`;
  return {
    code: "INC4350",
    severity: "error",
    message: `task "${task.id}" reads "${path}", which it does not declare`,
    location: task.location,
    notes: [{ message: "it ran on another machine, where nothing but its declared inputs is" }],
    help: [
      task.action.kind === "function"
        ? `declare it: inputs: { NAME: ${input} }, where NAME is a parameter of the function`
        : `declare it: inputs: [${input}]`,
    ],
  };
}
