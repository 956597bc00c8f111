import type { ParsedElement } from "../content/element-texts.ts";
import { type BuildContext, buildGraph } from "../graph/build.ts";
import { nameExports } from "../graph/names.ts";
import { Paths } from "../graph/paths.ts";
import { fileSetOf } from "../graph/resolve.ts";
import { keyOfMember } from "../graph/units/declared.ts";
import { derivation, isDerived } from "../graph/units/derived.ts";
import { keyOf } from "../graph/units/elements.ts";
import { ChangedElements, type Earlier, type ElementChanges, type Present } from "../graph/update/changed-elements.ts";
import { type GroupChanges, updatedGraph } from "../graph/update/update.ts";
import type { EachDeclaration, Evaluation } from "../manifest/declaration.ts";
import type { GraphReads } from "../model/evaluation/reads.ts";
import type { Graph } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import { takesEveryShortcut } from "../workspace/shortcuts.ts";
import type { FunctionCodes } from "./function-code.ts";

/** From how many tasks on it is cheaper to find out what has changed than to expand all. */
const WORTHWHILE = 300;

/** What building and updating ask of the world. */
export type UpdateContext = Omit<BuildContext, "codeOf"> & Present;

/** How a graph is updated. */
export interface Update {
  readonly earlier: Earlier;
  readonly evaluation: Evaluation;
  readonly context: UpdateContext;
  readonly codes: FunctionCodes;
  /** Takes up the code of functions. */
  withCode(codes: FunctionCodes, build: () => Result<Graph>): Result<Graph>;
}

/**
 * The graph of a manifest that reads what an earlier evaluation read, but for elements of its `each`s: callbacks are called for those that
 * have come, and units of those that stayed are taken over. That holds where no callback sees what others did. Undefined: all
 * elements have to be expanded.
 */
export function updateGraph(update: Update): Graph | undefined {
  const { earlier, evaluation, context, codes } = update;
  if (!takesEveryShortcut() && earlier.graph.tasks.length < WORTHWHILE) return undefined;
  const { names } = nameExports(evaluation);
  const fanned = [...names].flatMap(([each, { name }]) => (each.kind === "each" ? [{ each, name }] : []));
  const partly = fanned.filter(({ each }) => derivation(each)[0]?.over.kind !== "items");
  if (partly.length === 0 || !partly.every(({ each }) => isIndependent(each, codes))) return undefined;
  const changed = new ChangedElements(earlier, context);
  const added = update.withCode(codes, () =>
    buildGraph(evaluation, {
      ...context,
      codeOf: codes.codeOf,
      read: (fannedOut) => changed.read(fannedOut),
      expand: (set, outputs, groups) => changed.expand(set, context.expand(set, outputs, groups), outputs),
    }),
  );
  if (!added.ok || !changed.isKnown) return undefined;
  const keys = new ChangedKeys(changed, added.value, new Paths(context.workspace, evaluation.manifest), context.digest);
  const groups = partly.map(({ each, name }) => [name, keys.of(each, name)] as const);
  if (groups.some(([, changes]) => changes === undefined)) return undefined;
  return updatedGraph(earlier.graph, added.value, new Map(groups as (readonly [string, GroupChanges])[]));
}

/** What callbacks read that were not called again is what it was. */
export function togetherRead(before: GraphReads, now: GraphReads): GraphReads {
  const together = (a: readonly string[], b: readonly string[]): readonly string[] => [...new Set([...a, ...b])];
  const envs = new Map([...before.env, ...now.env]);
  const params = new Map([...before.params, ...now.params].map((param) => [param.name, param] as const));
  return {
    ...now,
    modules: together(before.modules, now.modules),
    packages: together(before.packages, now.packages),
    listings: [...before.listings, ...now.listings],
    env: [...envs],
    params: [...params.values()],
  };
}

function isIndependent({ callback, over }: EachDeclaration, codes: FunctionCodes): boolean {
  const key = over.kind === "made" ? over.key : undefined;
  return codes.isIndependent(callback) && (key === undefined || codes.isIndependent(key));
}

/** Keys of the units whose elements have changed. */
class ChangedKeys {
  readonly #changed: ChangedElements;
  readonly #graph: Graph;
  readonly #paths: Paths;
  readonly #digest: (bytes: Uint8Array) => string;

  constructor(changed: ChangedElements, graph: Graph, paths: Paths, digest: (bytes: Uint8Array) => string) {
    this.#changed = changed;
    this.#graph = graph;
    this.#paths = paths;
    this.#digest = digest;
  }

  /** Undefined: they cannot be told. */
  of(each: EachDeclaration, name: string): GroupChanges | undefined {
    // What is derived from units has their keys.
    if (isDerived(each)) return this.of(derivation(each)[0] as EachDeclaration, name);
    const { over } = each;
    if (over.kind === "files") {
      const set = fileSetOf(over, this.#paths);
      return keyed(this.#changed.ofSet(set), (path) => keyOfMember(set, path));
    }
    const expansion = this.#graph.expansions?.find(({ group }) => group === name);
    if (over.kind !== "made" || expansion === undefined) return undefined;
    const { path } = expansion;
    if (expansion.over === "directory")
      return keyed(this.#changed.directories.get(path), (file) => file.slice(path.length + 1));
    const changes = this.#changed.values.get(path);
    const source = { isArray: changes?.isArray === true, digest: this.#digest };
    return keyed(changes, (element: ParsedElement) => keyOf(over.key, element.name, element.value, source));
  }
}

function keyed<E>(
  changes: ElementChanges<E> | undefined,
  keyOfElement: (element: E) => string,
): GroupChanges | undefined {
  if (changes === undefined) return undefined;
  try {
    return {
      gone: new Set(changes.removed.map(keyOfElement)),
      samples: new Set(changes.samples.map(keyOfElement)),
    };
  } catch {
    // The function of the manifest does not take what was there before.
    return undefined;
  }
}
