import type { AttemptRecord } from "../model/entry.ts";
import type { Tables } from "./schema.ts";

/** A record by its id. Of a confirmation the attempt that it confirms, as if that had been made at its place. */
export function readRecord({ records }: Tables, id: string): AttemptRecord | undefined {
  const record = records.get(id);
  if (record === undefined || !("confirms" in record)) return record;
  const attempt = records.get(record.confirms);
  if (attempt === undefined || "confirms" in attempt) return undefined;
  const { confirms, reason, run, time, seq, manifest, task, values, objects } = record;
  return { ...attempt, id, seq, manifest, task, values, objects, confirmed: { confirms, reason, run, time } };
}
