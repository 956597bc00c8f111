import { printable } from "../../model/printable.ts";
import type { Holdings, SharedEntries } from "../../store/remote/upkeep/list.ts";
import type { PrunePlan } from "../../store/remote/upkeep/prune.ts";
import type { Verified } from "../../store/remote/upkeep/verify.ts";
import { formatSize } from "../text/size.ts";
import { localTime } from "../text/time.ts";

/** Digits of a fingerprint or a digest that are shown. */
const SHOWN = 12;

/** A line for each result, in columns, and their number. */
export function entryLines({ entries, unreadable }: SharedEntries, address: string): readonly string[] {
  const rows = entries.map(({ task, fingerprint, scope, made, by, size, distrusted }) => [
    localTime(made),
    formatSize(size),
    scope,
    fingerprint.slice(0, SHOWN),
    task,
    `${by.ci === undefined ? "" : `${by.ci} on `}${by.builder}${distrusted === undefined ? "" : `; not taken here: ${distrusted}`}`,
  ]);
  const more = unreadable === 0 ? "" : `, ${unreadable} ${unreadable === 1 ? "record" : "records"} cannot be read`;
  return [...columns(rows), `${count(entries.length, "result")} in ${address}${more}`];
}

/** What a place holds, by scope. */
export function holdingLines({ scopes, blobs, data }: Holdings, address: string): readonly string[] {
  const records = Object.values(scopes);
  const bytes = records.reduce((sum, scope) => sum + scope.bytes, blobs.bytes + data.bytes);
  const all = records.reduce((sum, scope) => sum + scope.records, 0);
  const rows = Object.entries(scopes).map(([scope, held]) => [
    `  ${scope}`,
    count(held.records, "record"),
    formatSize(held.bytes),
  ]);
  return [
    `${address} holds ${formatSize(bytes)}: ${count(all, "record")}, ${count(blobs.count, "blob")} with ${formatSize(blobs.bytes)}${exchanged(data.count, data.bytes)}`,
    ...columns(rows),
  ];
}

/** What is not as it should be, and how much was read. */
export function verifyLines({ records, objects, flaws, others }: Verified, address: string): readonly string[] {
  const lines = flaws.map(({ kind, subject, task, why }) => {
    const name =
      kind === "record"
        ? subject.replace(/ ([0-9a-f]+)$/, (_, digits: string) => ` ${digits.slice(0, SHOWN)}`)
        : subject.slice(0, SHOWN);
    return printable(`${kind} ${name}${task === undefined ? "" : ` of ${task}`}: ${why}`);
  });
  const unread = others === 0 ? "" : `; ${count(others, "record")} of another version of inc were not read`;
  const found = flaws.length === 0 ? "all is sound" : `${count(flaws.length, "flaw")}`;
  return [...lines, `read ${count(records, "record")} and ${count(objects, "blob")} in ${address}: ${found}${unread}`];
}

/** What goes, or would go, and what stays. */
export function pruneLines(plan: PrunePlan, address: string, dry: boolean): readonly string[] {
  const { records, blobs, data, remaining, young } = plan;
  const sizeOf = (objects: readonly { readonly size: number }[]): number =>
    objects.reduce((sum, { size }) => sum + size, 0);
  const word = dry ? "would remove" : "removed";
  const later =
    young === 0 ? "" : `; ${formatSize(young)} of it goes later: no record needs it, and it is younger than a day`;
  return [
    `${word} ${count(records.length, "record")} and ${count(blobs.length, "blob")} (${formatSize(sizeOf([...records, ...blobs]))})${exchanged(data.length, sizeOf(data))} of ${address}`,
    `${count(remaining.records, "record")} and ${count(remaining.blobs, "blob")} stay, ${formatSize(remaining.bytes)}${later}`,
  ];
}

/** What attempts on Ray have put there for each other, if there is any. */
function exchanged(files: number, bytes: number): string {
  return files === 0 ? "" : `, ${count(files, "file")} of attempts on Ray with ${formatSize(bytes)}`;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length))) ?? [];
  return rows.map((row) =>
    printable(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
  );
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
