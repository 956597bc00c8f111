import { defined } from "../model/defined.ts";
import type { NewVersion, Version, WriterIdentity } from "../model/entry.ts";
import type { Identity } from "../model/identity.ts";
import { sameIdentity } from "../model/identity.ts";
import type { Permissions } from "../model/permissions.ts";
import type { History } from "./history.ts";
import type { Declared } from "./schema.ts";
import type { Writer } from "./writer.ts";

/** A version to publish of a published object. Its bytes are in the store. */
export interface Publication extends Declared {
  /** See `object-name.ts`. */
  readonly name: string;
  readonly identity: Identity;
  readonly size: number;
  readonly permissions?: Permissions;
  readonly message?: string;
  readonly writer?: WriterIdentity;
  /** Milliseconds since the epoch. Absent: when it is committed, so that times rise with the numbers. */
  readonly time?: number;
  /** The number of the version that it was made from, when that need not be the latest; 0: of none. */
  readonly base?: number;
  /** Publish only if this is the number of the latest version; 0: only if there is no version. Absent: always. */
  readonly expected?: number;
  /** What was merged into it: a side version, its second parent. */
  readonly merged?: Pick<Publication, "identity" | "size" | "permissions"> & { readonly base: number };
}

export type Published =
  | { readonly kind: "published"; readonly version: Version }
  /** It is the latest already, byte for byte. */
  | { readonly kind: "unchanged"; readonly version: Version }
  /** Its bytes were evicted while it was on its way: they are to be brought again. */
  | { readonly kind: "lost" }
  /** Another version than the expected one is the latest. */
  | { readonly kind: "conflict"; readonly latest: Version | undefined };

/**
 * Compare-and-set of a published object: what is read and what is written is one transaction, so that all writers of
 * all processes are in one order, and what a reader sees is a prefix of it.
 */
export function publish(
  publication: Publication,
  history: History,
  writer: Writer,
  isStored: (identity: Identity) => boolean,
): Published {
  const { name, identity, expected, merged } = publication;
  if (!isStored(identity) || (merged !== undefined && !isStored(merged.identity))) return { kind: "lost" };
  const latest = history.latest(name);
  if (expected !== undefined && expected !== (latest?.n ?? 0)) return { kind: "conflict", latest };
  if (latest !== undefined && sameIdentity(latest.identity, identity)) return { kind: "unchanged", version: latest };
  const proposed = merged === undefined ? undefined : writer.append(sideVersion(publication, merged));
  const from = publication.base ?? latest?.n ?? 0;
  const parents = [from === 0 ? [] : from, proposed?.n ?? []].flat();
  const version: NewVersion = {
    ...common(publication),
    ...contentOf(publication),
    cause: proposed === undefined ? "put" : "merged",
    ...(parents.length === 0 ? {} : { parents }),
  };
  const appended = writer.append(version);
  writer.declare(name, publication);
  return { kind: "published", version: appended };
}

function sideVersion(publication: Publication, merged: NonNullable<Publication["merged"]>): NewVersion {
  const { base } = merged;
  return {
    ...common(publication),
    ...contentOf(merged),
    cause: "proposed",
    ...(base === 0 ? {} : { parents: [base] }),
  };
}

function common(publication: Publication): Pick<NewVersion, "name" | "time" | "message" | "writer"> {
  const { name, message, writer, time = Date.now() } = publication;
  return { name, time, ...defined({ message, writer }) };
}

function contentOf({
  identity,
  size,
  permissions,
}: Pick<Publication, "identity" | "size" | "permissions">): Pick<NewVersion, "identity" | "size" | "permissions"> {
  return { identity, size, ...defined({ permissions }) };
}
