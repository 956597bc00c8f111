import type { Diagnostic } from "../model/diagnostic.ts";
import type { FileSet, Output, Task } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { ancestors, isReservedPath, isValuePath } from "../model/path.ts";
import { suggestion } from "../model/suggestion.ts";
import { checkUpdates } from "./mutations.ts";
import { literalsOf } from "./resolve.ts";

interface Maker {
  readonly task: Task;
  readonly output: Output;
}

/** Checks tasks whose references are resolved. */
export function validate(
  tasks: readonly Task[],
  sets: readonly FileSet[],
  exists: (path: string) => boolean,
  manifest: string,
): Diagnostic[] {
  const { makers, errors } = collectOutputs(tasks);
  for (const task of tasks) {
    errors.push(...checkOutputs(task, manifest), ...checkInputs(task, sets, makers, exists));
    if (task.cwd !== "." && !exists(task.cwd) && inside(task.cwd, makers) === undefined) errors.push(noDirectory(task));
    errors.push(...checkUpdates(task, sets));
  }
  return errors;
}

function collectOutputs(tasks: readonly Task[]): { makers: ReadonlyMap<string, Maker>; errors: Diagnostic[] } {
  const makers = new Map<string, Maker>();
  const errors: Diagnostic[] = [];
  for (const task of tasks)
    for (const output of task.outputs) {
      const other = makers.get(output.path);
      if (other === undefined) makers.set(output.path, { task, output });
      else errors.push(overlap({ task, output }, other));
    }
  for (const maker of makers.values()) {
    const around = inside(maker.output.path, makers);
    if (around !== undefined) errors.push(overlap(maker, around));
  }
  return { makers, errors };
}

/** The maker of a directory that a path is in. */
function inside(path: string, makers: ReadonlyMap<string, Maker>): Maker | undefined {
  for (const directory of ancestors(path)) {
    const maker = makers.get(directory);
    if (maker !== undefined) return maker;
  }
  return undefined;
}

function checkOutputs(task: Task, manifest: string): Diagnostic[] {
  const names = new Map<string, Output>();
  return task.outputs.flatMap((output) => {
    const { name, path, value, location } = output;
    if (path === ".") return [wholeWorkspace(task, location)];
    // Reserved, too: the manifest, and the file that makes its directory a package.
    const isPlace = value !== undefined || !isValuePath(path);
    if (!isPlace || isReservedPath(path) || path === manifest || path === "package.json")
      return [reserved(task, path, location)];
    const other = name === "" ? undefined : names.get(name);
    names.set(name, output);
    return other === undefined ? [] : [sameName(task, name, location, other.location)];
  });
}

function checkInputs(
  task: Task,
  sets: readonly FileSet[],
  makers: ReadonlyMap<string, Maker>,
  exists: (path: string) => boolean,
): Diagnostic[] {
  return task.inputs.flatMap((input) => {
    if (input.kind === "artifact") return [];
    const set = input.kind === "files" ? (sets[input.set] as FileSet) : undefined;
    const literals = input.kind === "file" ? [input.path] : set === undefined ? [] : literalsOf(set);
    const mayLack = input.kind === "file" ? input.optional === true : set?.allowEmpty === true;
    return literals.flatMap((path) => {
      const maker = makers.get(path) ?? inside(path, makers);
      if (maker?.task.id === task.id) return [bothSides(task, path, input.location)];
      if (maker !== undefined) return [madeBy(task, path, maker, input.location)];
      return mayLack || exists(path) ? [] : [missing(task, path, makers, input.location)];
    });
  });
}

function overlap({ task, output }: Maker, other: Maker): Diagnostic {
  const same = output.path === other.output.path;
  return {
    code: "INC2004",
    severity: "error",
    message: same
      ? `"${output.path}" is made by two tasks, "${other.task.id}" and "${task.id}"`
      : `"${output.path}" of task "${task.id}" is inside of "${other.output.path}/" of task "${other.task.id}"`,
    location: output.location,
    notes: [
      {
        message: `task "${other.task.id}" makes ${same ? "it" : "the directory"} here`,
        location: other.output.location,
      },
    ],
    help: [
      same
        ? "give each a path of its own"
        : "give each a directory of its own: each would empty the directory of the other",
    ],
  };
}

function reserved(task: Task, path: string, location: Location): Diagnostic {
  return {
    code: "INC2525",
    severity: "error",
    message: `task "${task.id}" makes "${path}", which inc or git needs itself`,
    location,
    help: ["choose another path"],
  };
}

function wholeWorkspace(task: Task, location: Location): Diagnostic {
  return {
    code: "INC2514",
    severity: "error",
    message: `an output of task "${task.id}" is the whole workspace`,
    location,
    help: ['declare a file, or a directory below it: out("build/")'],
  };
}

function sameName(task: Task, name: string, location: Location, other: Location): Diagnostic {
  return {
    code: "INC2515",
    severity: "error",
    message: `task "${task.id}" has two outputs named "${name}"`,
    location,
    notes: [{ message: "the other one", location: other }],
    help: ["give each a name of its own"],
  };
}

function bothSides(task: Task, path: string, location: Location): Diagnostic {
  return {
    code: "INC2516",
    severity: "error",
    message: `task "${task.id}" both reads and makes "${path}"`,
    location,
    help: ["write the output elsewhere, or declare that the tool works in place: mutates: [path]"],
  };
}

function madeBy(task: Task, path: string, maker: Maker, location: Location): Diagnostic {
  return {
    code: "INC2517",
    severity: "error",
    message: `task "${task.id}" names "${path}" as a source, but task "${maker.task.id}" makes it`,
    location,
    notes: [{ message: `task "${maker.task.id}" makes it here`, location: maker.output.location }],
    help: [`interpolate the task instead, so that it runs first: \${${maker.task.group ?? maker.task.id}}`],
  };
}

function missing(task: Task, path: string, makers: ReadonlyMap<string, Maker>, location: Location): Diagnostic {
  const maker = makers.get(suggestion(path, makers.keys()) ?? "");
  return {
    code: "INC2003",
    severity: "error",
    message: `task "${task.id}" reads "${path}", but no task makes it and it does not exist`,
    location,
    ...(maker === undefined
      ? {}
      : {
          notes: [{ message: `task "${maker.task.id}" makes "${maker.output.path}"`, location: maker.output.location }],
        }),
    help: [maker === undefined ? "create the file, or correct its path" : `did you mean "${maker.output.path}"?`],
  };
}

function noDirectory(task: Task): Diagnostic {
  return {
    code: "INC2518",
    severity: "error",
    message: `the working directory "${task.cwd}" of task "${task.id}" does not exist`,
    location: task.location,
    help: ["create it, or correct cwd: it is relative to the manifest"],
  };
}
