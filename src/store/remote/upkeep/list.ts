import type { Fingerprint } from "../../../model/digest.ts";
import type { Origin } from "../../../model/entry.ts";
import type { Inventory } from "../backends/backend.ts";
import type { RemotePlace } from "../setting.ts";
import { blobsIn, dataIn, recordsIn, Survey } from "./survey.ts";

/** A result that is shared. */
export interface SharedEntry {
  readonly task: string;
  readonly fingerprint: Fingerprint;
  readonly scope: string;
  /** When its attempt began, in milliseconds since the epoch. */
  readonly made: number;
  /** Milliseconds of that attempt. */
  readonly duration: number;
  readonly by: Pick<Origin, "builder" | "ci" | "url">;
  /** Bytes of its outputs. */
  readonly size: number;
  /** Why readers here do not take it. */
  readonly distrusted: string | undefined;
}

export interface SharedEntries {
  /** Newest first. */
  readonly entries: readonly SharedEntry[];
  /** How many records cannot be read: damaged ones, and those of another version of inc. */
  readonly unreadable: number;
}

/** What is shared. @param text A task, the beginning of a fingerprint, or a scope; undefined: everything. */
export async function listShared(
  place: RemotePlace,
  inventory: Inventory,
  text: string | undefined,
  signal: AbortSignal,
): Promise<SharedEntries> {
  const entries: SharedEntry[] = [];
  let unreadable = 0;
  await new Survey(place, signal).each(await recordsIn(inventory, signal), ({ scope, fingerprint }, read) => {
    if (read.kind === "damaged" || read.kind === "other") unreadable += 1;
    if (read.kind !== "result") return;
    const { distrusted, result } = read;
    const { task, started, duration, outputs, origin } = result.record;
    const { builder = "", ci, url } = origin ?? {};
    const size = outputs.reduce((sum, output) => sum + output.size, 0);
    const by = { builder, ...(ci === undefined ? {} : { ci }), ...(url === undefined ? {} : { url }) };
    const entry = { task, fingerprint, scope, made: started, duration, by, size, distrusted };
    if (text === undefined || answersTo(entry, text)) entries.push(entry);
  });
  return { entries: entries.sort((a, b) => b.made - a.made || (a.task < b.task ? -1 : 1)), unreadable };
}

/** Of a fan-out's name, all units. */
function answersTo({ task, fingerprint, scope }: SharedEntry, text: string): boolean {
  return (
    task === text ||
    task.startsWith(`${text}[`) ||
    fingerprint.startsWith(text) ||
    scope === text ||
    scope.startsWith(`${text.replace(/\/$/, "")}/`)
  );
}

interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/** How much a place holds. */
export interface Holdings {
  readonly scopes: Readonly<Record<string, { readonly records: number; readonly bytes: number }>>;
  readonly blobs: Amount;
  /** What attempts on a cluster exchange. */
  readonly data: Amount;
}

/** Counts without reading anything. */
export async function holdingsOf(inventory: Inventory, signal: AbortSignal): Promise<Holdings> {
  const scopes = new Map<string, { records: number; bytes: number }>();
  for (const { scope, size } of await recordsIn(inventory, signal)) {
    const { records, bytes } = scopes.get(scope) ?? { records: 0, bytes: 0 };
    scopes.set(scope, { records: records + 1, bytes: bytes + size });
  }
  const amountOf = (objects: readonly { readonly size: number }[]): Amount => ({
    count: objects.length,
    bytes: objects.reduce((sum, { size }) => sum + size, 0),
  });
  return {
    scopes: Object.fromEntries([...scopes].sort(([a], [b]) => (a < b ? -1 : 1))),
    blobs: amountOf(await blobsIn(inventory, signal)),
    data: amountOf(await dataIn(inventory, signal)),
  };
}
