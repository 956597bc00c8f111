import type { IndexContext, Known } from "../context.ts";
import type { Moment } from "../epoch.ts";
import { type IndexRecord, packIndex } from "./pack.ts";

/** All records; which of them an epoch examined, as ids; and where it found nothing, as absolute paths. */
export interface PackedRecords {
  readonly bytes: Uint8Array;
  readonly checks: Uint32Array;
  readonly absent: readonly string[];
}

/** What an index holds in memory, by path. */
interface Held {
  readonly known: ReadonlyMap<string, Known>;
  readonly absent: ReadonlyMap<string, Moment>;
  /** Files for which `noted` does not hold, whatever their records say. */
  readonly unnoted: ReadonlySet<string>;
}

/** Packs what an index holds for the next run. */
export function packRecords(context: IndexContext, held: Held): PackedRecords {
  return replaceRecords(context, held) ?? packAnew(context, held);
}

function packAnew(context: IndexContext, held: Held): PackedRecords {
  const { epoch, packed, clock, vouched } = context;
  const known = [...held.known.values()].map((record) =>
    held.unnoted.has(record.path) ? { ...record, noted: false } : record,
  );
  const checks = known.flatMap(({ seen }, id) => (epoch.holds(seen) ? [id] : []));
  const taken = idsTaken(context, held);
  const carried: number[] = [];
  for (let id = 0; id < packed.count; id += 1) if (taken[id] === 0 && vouched.has(id)) carried.push(id);
  for (let i = 0; i < carried.length; i += 1) checks.push(known.length + i);
  // What this run did not look at is preserved for the next, but not without bound.
  for (let id = 0; id < packed.count && known.length + carried.length < 4 * checks.length + 1000; id += 1)
    if (taken[id] === 0 && !vouched.has(id)) carried.push(id);
  const bytes = packIndex(known, clock.latest, { packed, ids: carried });
  return { bytes, checks: Uint32Array.from(checks), absent: absentPaths(context, held) };
}

/**
 * The packed index with the records that this epoch made, where paths neither came nor went: packing 100,000 records anew
 * takes 90 ms. Undefined: it has to be packed anew.
 */
function replaceRecords(context: IndexContext, held: Held): PackedRecords | undefined {
  const { epoch, packed, clock, vouched } = context;
  if (!vouched.isInForce || held.unnoted.size > 0) return undefined;
  const records = new Map<number, IndexRecord>();
  const isChecked = new Uint8Array(packed.count);
  for (const record of held.known.values()) {
    const id = packed.id(record.path);
    if (id === undefined || !epoch.holds(record.seen) || (record.text ?? "") !== packed.link(id)) return undefined;
    isChecked[id] = 1;
    // What looks the same has the record that it had.
    if (!vouched.has(id) || record.noted !== packed.noted(id)) records.set(id, record);
  }
  for (const path of held.absent.keys()) if (packed.id(path) !== undefined) return undefined;
  for (const id of vouched.ids()) isChecked[id] = 1;
  const bytes = packed.replace(records, clock.latest);
  return { bytes, checks: idsIn(isChecked), absent: absentPaths(context, held) };
}

function idsIn(chosen: Uint8Array): Uint32Array {
  const ids = new Uint32Array(chosen.reduce((sum, is) => sum + is, 0));
  let at = 0;
  for (let id = 0; id < chosen.length; id += 1) if (chosen[id] === 1) ids[at++] = id;
  return ids;
}

/** By id of the packed index: 1 for a path whose record there no longer counts. */
function idsTaken({ packed }: IndexContext, { known, absent, unnoted }: Held): Uint8Array {
  const taken = new Uint8Array(packed.count);
  for (const paths of [known.keys(), absent.keys(), unnoted])
    for (const path of paths) {
      const id = packed.id(path);
      if (id !== undefined) taken[id] = 1;
    }
  return taken;
}

function absentPaths({ epoch, vouched, disk }: IndexContext, { absent }: Held): readonly string[] {
  const now = [...absent].flatMap(([path, seen]) => (epoch.holds(seen) ? [path] : []));
  return [...new Set([...now, ...vouched.absent])].map((path) => disk.absolute(path));
}
