import { relative } from "node:path";
import { loadContext } from "../../../graph/load-context.ts";
import { nameExports } from "../../../graph/names.ts";
import { Paths } from "../../../graph/paths.ts";
import type { Evaluation, FunctionDeclaration, TaskDeclaration } from "../../../manifest/declaration.ts";
import { loadThrough } from "../../../manifest/load/load.ts";
import type { ModuleHooks } from "../../../manifest/load/modules.ts";
import type { LoadContext } from "../../../manifest/load/recorder.ts";
import type { FileSet } from "../../../model/graph.ts";
import type { Result } from "../../../model/result.ts";
import type { Job } from "../protocol.ts";
import { UnitFinder } from "./find-unit.ts";
import type { KnownElements } from "./known-elements.ts";

/** Evaluates the manifest of a job and finds the function of its task. */
export async function findFunction(
  job: Job,
  modules: ModuleHooks,
  elements: KnownElements,
): Promise<Result<FunctionDeclaration>> {
  const { path: manifest, params } = job.manifest;
  const { workspace } = job;
  const context = loadContext({ workspace, manifest, params }, listsOf(job));
  const loaded = await loadThrough(modules, manifest, context, (evaluation) =>
    declarationAt(evaluation, job, new UnitFinder(job, new Paths(workspace, manifest), elements)),
  );
  if (!loaded.ok) return loaded;
  const action = loaded.value.used?.action;
  return action?.kind === "function" ? { ok: true, value: action } : { ok: false, diagnostics: [notFound(job)] };
}

/** Answers listings as the evaluation did that made the graph. */
function listsOf({ manifest, workspace, task }: Job): LoadContext["list"] {
  const keyOf = (set: FileSet, directories: boolean): string => JSON.stringify([{ ...set, location: 0 }, directories]);
  let known: ReadonlyMap<string, readonly string[]> | undefined;
  return (set, directories) => {
    known ??= new Map(manifest.listings.map((listing) => [keyOf(listing.set, listing.directories), listing.result]));
    const result = known.get(keyOf(set, directories));
    if (result === undefined)
      throw new Error(`${relative(workspace, manifest.path)} lists ${set.label} in the process of ${task} alone`);
    // The next attempt in this process gets the same.
    return [...result];
  };
}

function declarationAt(evaluation: Evaluation, { address }: Job, units: UnitFinder): TaskDeclaration | undefined {
  const { name, keys, member = "" } = address;
  const { names } = nameExports(evaluation);
  const [declaration] = [...names].find(([, known]) => known.name === name) ?? [];
  if (declaration?.kind !== "each") return declaration;
  return keys === undefined ? undefined : units.task(declaration, keys, member);
}

function notFound({ task, manifest: { path } }: Job) {
  return {
    code: "INC4339",
    severity: "error",
    message: `task "${task}" is not what it was when the manifest was evaluated first: its function is not found again`,
    location: { file: path, line: 1, column: 1 },
    notes: [
      { message: "the process of a function evaluates the manifest once more, and has to come to the same tasks" },
    ],
    help: ["let names and elements depend on files, parameters and variables alone, not on the time or on chance"],
  } as const;
}
