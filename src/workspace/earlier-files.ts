import type { EarlierFile } from "../execute/executor.ts";
import { parseListing } from "../files/listing.ts";
import type { Digest } from "../model/digest.ts";
import type { Output } from "../model/graph.ts";
import type { Store } from "../store/store.ts";
import type { Ledger } from "./ledger.ts";

interface Sources {
  readonly store: Store;
  readonly ledger: Ledger;
}

/** What inc wrote last at places that are, or are below, those of outputs, as far as the store has it as a file. */
export function earlierFiles(
  outputs: readonly Pick<Output, "path">[],
  sources: Sources,
): (path: string) => EarlierFile | undefined {
  let digests: ReadonlyMap<string, Digest> | undefined;
  return (path) => {
    digests ??= new Map(outputs.flatMap((output) => filesAt(output.path, sources)));
    const digest = digests.get(path);
    const file = digest === undefined ? undefined : sources.store.blobs.source(digest);
    return digest !== undefined && typeof file === "string" ? { digest, file } : undefined;
  };
}

function filesAt(path: string, { ledger, store }: Sources): readonly (readonly [path: string, digest: Digest])[] {
  const identity = ledger.get(path)?.identity;
  if (identity?.type === "file") return [[path, identity.digest]];
  const listing = identity?.type === "directory" ? store.blobs.read(identity.digest) : undefined;
  if (listing === undefined) return [];
  return parseListing(listing).flatMap((entry) =>
    entry.type === "file" ? [[`${path}/${entry.path}`, entry.digest] as const] : [],
  );
}
