import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { DiagnosticError } from "../../model/diagnostic.ts";
import type { Location } from "../../model/location.ts";
import type { Result } from "../../model/result.ts";
import { settlePlaces } from "../call-place.ts";
import type { Evaluation } from "../declaration.ts";
import { declarationOf } from "../handle.ts";
import { withSession } from "../session.ts";
import { explainLoadFailure } from "./failure.ts";
import { enterManifest } from "./manifest-process.ts";
import { type ModuleHooks, registerModuleHooks } from "./modules.ts";
import { type LoadContext, type ManifestReads, ManifestRecorder } from "./recorder.ts";

export interface LoadedManifest<T> {
  /** What `use` made of the evaluation. */
  readonly used: T;
  readonly reads: ManifestReads;
}

/**
 * Evaluates a manifest in this process, and records all that it reads: also while `use` calls the callbacks in what it
 * declared. One at a time.
 * @param use Is also given what has been read so far.
 */
export async function loadManifest<T>(
  manifest: string,
  context: LoadContext,
  use: (evaluation: Evaluation, reads: () => ManifestReads) => T,
): Promise<Result<LoadedManifest<T>>> {
  const modules = registerModuleHooks();
  try {
    return await loadThrough(modules, manifest, context, use);
  } finally {
    modules.remove();
  }
}

/** As `loadManifest`, through hooks that the caller removes: code that runs later asks them for its modules as well. */
export async function loadThrough<T>(
  modules: ModuleHooks,
  manifest: string,
  context: LoadContext,
  use: (evaluation: Evaluation, reads: () => ManifestReads) => T,
): Promise<Result<LoadedManifest<T>>> {
  const entered = enterManifest();
  const recorder = new ManifestRecorder(manifest, context, entered, modules.paths);
  try {
    const exports = await withSession(recorder, () => evaluateOrStick(manifest, modules.paths));
    if (!exports.ok) return exports;
    settlePlaces(recorder.places, placesOf(exports.value), () => readFileSync(manifest, "utf8"));
    const { objects, warnings, params } = recorder;
    // A copy: what callbacks make while it is used is a part of the graph already.
    const evaluation = { manifest, exports: exports.value, made: [...recorder.made], objects, params, warnings };
    const used = await withSession(recorder, async () => use(evaluation, () => recorder.reads()));
    return { ok: true, value: { used, reads: recorder.reads() } };
  } finally {
    entered.restore();
  }
}

/** Where what is exported was declared. */
function placesOf(exports: Evaluation["exports"]): ReadonlyMap<string, Location> {
  const places = Object.entries(exports).flatMap(([name, value]) => {
    const declared = declarationOf(value);
    return declared !== undefined && "location" in declared ? [[name, declared.location] as const] : [];
  });
  return new Map(places);
}

/** Also ends once nothing is left that the manifest could be waiting for. */
function evaluateOrStick(manifest: string, modules: ReadonlySet<string>): Promise<Result<Evaluation["exports"]>> {
  return new Promise((resolve, reject) => {
    const stuck = (): void => {
      const location = { file: manifest, line: 1, column: 1 };
      const message = "the manifest awaits something that never comes";
      const help = ["look at its top-level awaits, and at those of the modules it imports"];
      resolve({ ok: false, diagnostics: [{ code: "INC2001", severity: "error", message, location, help }] });
    };
    process.once("beforeExit", stuck);
    evaluate(manifest, modules)
      .finally(() => process.off("beforeExit", stuck))
      .then(resolve, reject);
  });
}

async function evaluate(manifest: string, modules: ReadonlySet<string>): Promise<Result<Evaluation["exports"]>> {
  try {
    return { ok: true, value: (await import(pathToFileURL(manifest).href)) as Evaluation["exports"] };
  } catch (error) {
    if (error instanceof DiagnosticError) return { ok: false, diagnostics: error.diagnostics };
    return { ok: false, diagnostics: [explainLoadFailure(error, manifest, [...modules])] };
  }
}
