import type { Diagnostic } from "../../model/diagnostic.ts";
import { shortDigest } from "../../model/digest.ts";
import { printable } from "../../model/printable.ts";
import { WHAT_STAYS } from "../../run/store-limit.ts";
import type { Finding } from "../../store/upkeep/checkup.ts";
import type { CompactionPlan } from "../../store/upkeep/compact.ts";
import type { Eviction } from "../../store/upkeep/eviction.ts";
import { formatSize } from "../text/size.ts";

/** The sizes of superseded blobs before and after they share chunks. */
export function compactionLine({ blobs, before, after }: CompactionPlan): string {
  const what = blobs === 1 ? "1 large superseded blob" : `${blobs} large superseded blobs`;
  return after === undefined
    ? `would first put ${what} into shared chunks, which take less than the ${formatSize(before)} now`
    : `put ${what} into shared chunks: ${formatSize(before)} became ${formatSize(after)}`;
}

/** Eviction cannot reach the requested size, or the default one. @param remaining Bytes that stay. */
export function outOfReach(limit: number, remaining: number, byDefault: boolean): Diagnostic {
  return {
    code: "INC3017",
    severity: byDefault ? "warning" : "error",
    message: `the store cannot be brought below ${formatSize(limit)}: nothing was evicted, and ${formatSize(remaining)} remain`,
    ...WHAT_STAYS,
  };
}

/** The evicted versions, or those that would be, largest first. */
export function evictionLines(evictions: readonly Eviction[], dry: boolean): string[] {
  const word = dry ? "would evict" : "evicted";
  return [...evictions]
    .sort((a, b) => b.blob.size - a.blob.size)
    .map(({ blob, reason }) => `${word} ${namesOf(blob.versions, blob.digest)}  ${formatSize(blob.size)}  ${reason}`);
}

function namesOf(versions: readonly string[], digest: Eviction["blob"]["digest"]): string {
  const [first, ...others] = versions;
  if (first === undefined) return `a blob that no version needs (${shortDigest(digest)})`;
  return `${printable(first)}${others.length === 0 ? "" : ` and ${others.length} more versions with the same bytes`}`;
}

const FINDINGS: Readonly<Record<Finding["kind"], (subject: string) => string>> = {
  "damaged-blob": (digest) => `blob ${digest.slice(0, 12)} was damaged and is removed; tasks that need it run again`,
  "lost-bytes": (version) =>
    `the bytes of ${version} are gone: make an artifact again with inc run, publish an object again with inc put`,
  "wrong-head": (name) => `the latest version of ${name} was noted wrongly; that is corrected`,
  "missing-event": (version) => `${version} had no event; it was added`,
  "wrong-sequence": (seq) => `the sequence number was behind; it continues from ${seq}`,
  "missing-record": (version) => `the record of ${version} is gone: its lineage ends there`,
};

/** One line for each problem. */
export function findingLines(findings: readonly Finding[]): string[] {
  return findings.map(({ kind, subject }) => printable(FINDINGS[kind](subject)));
}
