import type { Diagnostic } from "../../model/diagnostic.ts";
import { shortDigest } from "../../model/digest.ts";
import type { Finding } from "../../store/upkeep/checkup.ts";
import type { CompactionPlan } from "../../store/upkeep/compact.ts";
import type { Eviction } from "../../store/upkeep/eviction.ts";
import { printable } from "../text/printable.ts";
import { formatSize } from "../text/size.ts";

/** What superseded blobs took before they shared their chunks, and take now. */
export function compactionLine({ blobs, before, after }: CompactionPlan): string {
  const what = blobs === 1 ? "1 large superseded blob" : `${blobs} large superseded blobs`;
  return after === undefined
    ? `would put ${what} into shared chunks first: they take ${formatSize(before)} now, and less then`
    : `put ${what} into shared chunks: ${formatSize(before)} take ${formatSize(after)} now`;
}

/** The size that was asked for, or the default one, cannot be had by eviction. @param remaining Bytes that stay. */
export function outOfReach(limit: number, remaining: number, byDefault: boolean): Diagnostic {
  return {
    code: "INC3017",
    severity: byDefault ? "warning" : "error",
    message: `the store cannot be brought below ${formatSize(limit)}: nothing was evicted for that, and ${formatSize(remaining)} stay`,
    notes: [{ message: "what is pinned, latest, in the workspace or kept by its object never goes" }],
    help: ["inc du shows what takes the space; unpin versions, or have objects keep fewer: object(name, { keep: 3 })"],
  };
}

/** What went or would go, by names of versions, largest first. */
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
  "damaged-blob": (digest) => `blob ${digest.slice(0, 12)} was damaged; it is dropped, and what needs it is made again`,
  "lost-bytes": (version) =>
    `the bytes of ${version} are gone: inc run makes an artifact again, inc put publishes an object again`,
  "wrong-head": (name) => `the latest version of ${name} was not the one noted; it is now`,
  "missing-event": (version) => `${version} had no event; it has one now`,
  "wrong-sequence": (seq) => `the sequence was behind; it goes on from ${seq}`,
  "missing-record": (version) => `the record of ${version} is gone: its lineage ends there`,
};

/** One line for each thing that was not as it should be. */
export function findingLines(findings: readonly Finding[]): string[] {
  return findings.map(({ kind, subject }) => printable(FINDINGS[kind](subject)));
}
