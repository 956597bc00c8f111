import { findWorkspace, withStore } from "../access/store.ts";
import type { Version } from "../model/entry.ts";
import type { SourceIdentities } from "../model/identity.ts";
import type { Result } from "../model/result.ts";
import type { Store } from "../store/store.ts";
import { findObjects, type ReferenceScope, resolveReference, resolveReferences } from "../versions/reference.ts";
import { parseSelector } from "../versions/selector.ts";
import type { Extent } from "./builder.ts";
import type { LineageDifference } from "./difference.ts";
import type { LineageDocument } from "./document.ts";

/** A question about where something came from, or what came of it. */
export interface LineageQuestion extends Extent {
  /** References, see `versions/reference.ts`. */
  readonly objects: readonly string[];
  /** The version of each, as it is written after an `@`; a reference's own takes precedence. */
  readonly at?: string;
  readonly direction: LineageDocument["direction"];
}

export interface LineageAnswer {
  readonly document: LineageDocument;
  /** Absolute path. */
  readonly workspace: string;
}

/** Answers from what was recorded. Takes no lease, reads no manifest and changes nothing. @param cwd Absolute. */
export async function askLineage(cwd: string, question: LineageQuestion): Promise<Result<LineageAnswer>> {
  return inPlace(cwd, async (store, place) => {
    const roots: Version[] = [];
    const sources = question.direction === "down" ? await sourcesIn(place.workspace) : () => undefined;
    for (const object of question.objects) {
      const found = rootsOf(object, question, place);
      if (!found.ok) return found;
      roots.push(...found.value);
    }
    const document =
      question.direction === "up"
        ? (await import("./upstream.ts")).upstream(store, roots, question)
        : (await import("./downstream.ts")).downstream(store, roots, sources, question);
    return { ok: true, value: { document, workspace: place.workspace } };
  });
}

/** Says why two versions of an object differ. `before` and `after` as they are written after an `@`, or references of their own. */
export async function askDifference(
  cwd: string,
  object: string,
  before: string,
  after: string,
): Promise<Result<LineageDifference>> {
  return inPlace(cwd, async (store, place) => {
    const a = resolveReference(withSelector(object, before, place), place);
    if (!a.ok) return a;
    const b = resolveReference(withSelector(object, after, place), place);
    if (!b.ok) return b;
    const { difference } = await import("./difference.ts");
    return { ok: true, value: difference(store, a.value, b.value) };
  });
}

async function inPlace<T>(
  cwd: string,
  answer: (store: Store, place: ReferenceScope) => Promise<Result<T>>,
): Promise<Result<T>> {
  const workspace = findWorkspace(cwd);
  if (!workspace.ok) return workspace;
  return withStore(workspace.value, async (store) =>
    answer(store, { history: store.history, cwd, workspace: workspace.value, now: Date.now() }),
  );
}

function rootsOf(object: string, { at }: LineageQuestion, place: ReferenceScope): Result<readonly Version[]> {
  const found = findObjects(object, place);
  if (at !== undefined && found.ok && found.value.selector === undefined)
    return resolveReferences(withSelector(object, at, place), place);
  return resolveReferences(object, place);
}

/** `3` of `name` is `name@3`; what is no selector is a reference by itself. */
function withSelector(object: string, selector: string, { now }: ReferenceScope): string {
  const bare = selector.startsWith("@") ? selector.slice(1) : selector;
  return parseSelector(bare, now) === undefined ? selector : `${object}@${bare}`;
}

/** Loaded here: no other question needs the index of the workspace. */
async function sourcesIn(root: string): Promise<SourceIdentities> {
  const { Workspace } = await import("../workspace/workspace.ts");
  const { sourceIdentities } = await import("../workspace/source-identities.ts");
  const workspace = new Workspace(root);
  workspace.index.pin();
  return sourceIdentities(workspace);
}
