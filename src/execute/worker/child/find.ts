import { join, relative } from "node:path";
import { loadContext } from "../../../graph/load-context.ts";
import { nameExports } from "../../../graph/names.ts";
import { Paths } from "../../../graph/paths.ts";
import { fileSetOf } from "../../../graph/resolve.ts";
import type { Unit } from "../../../graph/units/callback.ts";
import { derivedUnit, isDerived } from "../../../graph/units/derived.ts";
import { madeUnitOf } from "../../../graph/units/made.ts";
import { unitOf } from "../../../graph/units/units.ts";
import type {
  EachDeclaration,
  Evaluation,
  FilesDeclaration,
  FunctionDeclaration,
  TaskDeclaration,
} from "../../../manifest/declaration.ts";
import { loadThrough } from "../../../manifest/load/load.ts";
import type { ModuleHooks } from "../../../manifest/load/modules.ts";
import type { LoadContext } from "../../../manifest/load/recorder.ts";
import type { FileSet } from "../../../model/graph.ts";
import type { Result } from "../../../model/result.ts";
import type { Job, ManifestUse } from "../protocol.ts";
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
    declarationAt(evaluation, job, { paths: new Paths(workspace, manifest), elements }),
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

function declarationAt(
  evaluation: Evaluation,
  job: Job,
  known: Pick<UnitPlace, "paths" | "elements">,
): TaskDeclaration | undefined {
  const { address } = job;
  const { names } = nameExports(evaluation);
  const [declaration] = [...names].find(([, { name }]) => name === address.name) ?? [];
  if (declaration?.kind !== "each") return declaration;
  if (address.key === undefined) return undefined;
  const made = job.manifest.expansions.find(({ group }) => group === address.name);
  return unitAt(declaration, address.key, { ...known, job, made })?.tasks.get(address.member ?? "");
}

interface UnitPlace {
  readonly job: Job;
  readonly paths: Paths;
  readonly elements: KnownElements;
  /** What it is fanned out from, where a task makes that. */
  readonly made: ManifestUse["expansions"][number] | undefined;
}

function unitAt(each: EachDeclaration, key: string, place: UnitPlace): Unit | undefined {
  const { job, paths, elements, made } = place;
  if (isDerived(each)) {
    const source = unitAt(each.over.of, key, place);
    return source === undefined ? undefined : derivedUnit(each, source, []);
  }
  const setOf = ({ over }: EachDeclaration): FileSet => fileSetOf(over as FilesDeclaration, paths);
  if (made === undefined) return unitOf(each, key, { paths, setOf });
  return madeUnitOf(each, key, made, {
    paths,
    elementOf: (over) => elements.find(over, key, { path: join(job.workspace, made.path), digest: made.digest }),
  });
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
