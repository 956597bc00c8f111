import type { PythonParameter, PythonSlice } from "../fingerprint/python/python-slice.ts";
import type { AskedPython } from "../graph/python.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { suggestion } from "../model/suggestion.ts";

/** Code that cannot be tracked, for which a version of the task's author can stand. */
const UNTRACKED: ReadonlySet<string> = new Set(["INC2040", "INC2041", "INC2042", "INC2044"]);

/** What is wrong with the manifest rather than with the code of the module. */
const OF_MANIFEST: ReadonlySet<string> = new Set(["INC2046", "INC2047"]);

/** What a function gets of inc without that its task gives it. */
const PROGRESS = "progress";

/** Why a task cannot call a Python function as it says, known without running it. */
export function pythonProblems(asked: AskedPython, slice: PythonSlice): readonly Diagnostic[] {
  const problems = slice.problems
    .filter(({ code }) => asked.version === undefined || !UNTRACKED.has(code))
    .map((problem) => (OF_MANIFEST.has(problem.code) ? { ...problem, location: asked.location } : problem));
  if (problems.length > 0) return problems;
  const text = kindProblem(asked, slice) ?? argumentProblem(asked, slice);
  if (text === undefined) return [];
  const [first] = slice.parts;
  const notes =
    first === undefined
      ? []
      : [{ message: "it is defined here", location: { file: first.module, line: first.lines[0], column: 1 } }];
  return [{ ...text, severity: "error", location: asked.location, notes }];
}

type Text = Pick<Diagnostic, "code" | "message" | "help">;

function kindProblem({ name, module, isForAll }: AskedPython, slice: PythonSlice): Text | undefined {
  const { isAsync } = slice;
  // Called for several units, it gives them one by one.
  const isGenerator = slice.isGenerator && !isForAll;
  if (!isAsync && !isGenerator) return undefined;
  return {
    code: "INC2048",
    message: `the Python function "${name}" in ${module} ${isAsync ? "is async" : "is a generator"}: a task calls plain functions`,
    help: [
      isAsync
        ? "give the task a plain function that runs it: def run(table, out): return asyncio.run(clean(table, out))"
        : "return a list: list(…), or write what it yields to an output",
    ],
  };
}

function argumentProblem(asked: AskedPython, { parameters }: PythonSlice): Text | undefined {
  const { given, name, module } = asked;
  const base = { code: "INC2049" } as const;
  const of = `the Python function "${name}" in ${module}`;
  const twice = given.find((label, i) => given.indexOf(label) !== i);
  if (twice !== undefined)
    return {
      ...base,
      message: `"${twice}" is an input and an output, but ${of} gets both by name`,
      help: ["name one of them otherwise"],
    };
  if (parameters === undefined) return undefined;
  const byName = parameters.filter(({ kind }) => isNamed(kind));
  const missing = parameters.filter(
    ({ kind, required, name: each }) => required && isNamed(kind) && !given.includes(each) && each !== PROGRESS,
  );
  const surplus = given.find((label) => !byName.some((parameter) => parameter.name === label));
  const takesAny = parameters.some(({ kind }) => kind === "named-rest");
  const byPlace = parameters.find(({ kind, required }) => kind === "positional" && required);
  if (byPlace !== undefined)
    return {
      ...base,
      message: `${of} takes "${byPlace.name}" by its place alone, but a task gives all by name`,
      help: ["remove the / among its parameters"],
    };
  if (surplus !== undefined && !takesAny)
    return { ...base, message: `${of} has no parameter "${surplus}"`, help: helpWith(surplus, missing, byName) };
  if (missing.length === 0) return undefined;
  const names = missing.map((parameter) => `"${parameter.name}"`).join(", ");
  return {
    ...base,
    message: `${of} needs ${names}, which the task does not give`,
    help: [
      asked.isForAll
        ? `runAll gives it its units by the parameter "units": give others a default: ${missing[0]?.name}=None`
        : `add an input or an output of that name, or give the parameter a default: ${missing[0]?.name}=None`,
    ],
  };
}

function isNamed(kind: PythonParameter["kind"]): boolean {
  return kind === "plain" || kind === "keyword";
}

function helpWith(
  surplus: string,
  missing: readonly PythonParameter[],
  byName: readonly PythonParameter[],
): readonly string[] {
  const near = suggestion(
    surplus,
    missing.map(({ name }) => name),
  );
  if (near !== undefined) return [`did you mean "${near}"?`];
  const names = byName.map(({ name }) => name);
  return [
    names.length === 0
      ? "it takes none: add the parameter, or leave the input or output out"
      : `its parameters are ${names.join(", ")}: add it to them, or leave the input or output out`,
  ];
}
