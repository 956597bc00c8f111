import { mergeContent, whyNever } from "../../content/merge/merge.ts";
import type { MergeConflict } from "../../content/merge/merged.ts";
import type { MergeFunction } from "../../manifest/declaration.ts";
import { messageOf } from "../../model/diagnostic.ts";
import type { Version } from "../../model/entry.ts";
import type { MergeKind } from "../../model/graph.ts";
import type { Store } from "../../store/store.ts";
import type { Taken } from "./take.ts";

/** Larger versions, in bytes, are not merged: a merge holds all three versions in memory several times over. */
const MERGE_LIMIT = 64 * 1024 * 1024;

/** Three versions that are to become one. */
export interface MergeInput {
  /** The version that the writer started from; undefined: there was none. */
  readonly base: Version | undefined;
  readonly latest: Version;
  readonly proposed: Taken;
}

export type MergedVersion =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** Reasons, one each. */
  | { readonly ok: false; readonly why: readonly string[] };

/** Merges by an object's policy. @param merge With the policy `{ merge: "function" }`. */
export async function mergeVersions(
  store: Store,
  input: MergeInput,
  kind: MergeKind,
  merge: MergeFunction | undefined,
): Promise<MergedVersion> {
  const bytes = [input.base, input.latest, input.proposed].map((version) => bytesOf(store, version));
  const [base, ours, theirs] = bytes;
  if (base === undefined || ours === undefined || theirs === undefined) {
    const what = ["the base version", "the latest version", "the new version"][bytes.indexOf(undefined)];
    return { ok: false, why: [`${what} is not a file of at most 64 MiB in the store`] };
  }
  if (kind !== "function") {
    const result = mergeContent(kind, base, ours, theirs);
    return result.ok ? result : { ok: false, why: result.conflicts.map(conflictText) };
  }
  try {
    const result = await (merge as MergeFunction)(base, ours, theirs);
    return { ok: true, bytes: typeof result === "string" ? Buffer.from(result) : result };
  } catch (error) {
    return { ok: false, why: [`the merge function failed: ${messageOf(error)}`] };
  }
}

/** Why bytes can never be merged with others; undefined: they can, as far as is seen from them alone. */
export function whyNeverMerged(store: Store, proposed: Taken, kind: MergeKind): string | undefined {
  if (kind === "function") return undefined;
  if (proposed.identity.type !== "file") return "it is a directory";
  const bytes = bytesOf(store, proposed);
  return bytes === undefined ? undefined : whyNever(kind, bytes);
}

/** Empty for the version 0, which stands for "no version". */
function bytesOf(store: Store, version: Taken | undefined): Uint8Array | undefined {
  if (version === undefined) return new Uint8Array();
  if (version.identity.type !== "file" || version.size > MERGE_LIMIT) return undefined;
  return store.blobs.read(version.identity.digest);
}

function conflictText({ where, ours, theirs }: MergeConflict): string {
  return `${where}: ${ours} there, ${theirs} here`;
}
