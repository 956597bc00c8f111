import { shortDigest } from "../../model/digest.ts";
import type { Identity } from "../../model/identity.ts";
import { printable } from "../../model/printable.ts";
import type { Log, LogEntry } from "../../versions/log.ts";
import { bringCommand } from "../../versions/missing-bytes.ts";
import { paint } from "../text/color.ts";
import { formatSize } from "../text/size.ts";
import { localTime } from "../text/time.ts";
import { textWidth, truncate } from "../text/width.ts";

export interface LogOptions {
  readonly color: boolean;
  /** The width of the terminal; Infinity: not a terminal. */
  readonly columns: number;
}

/** A name and its versions in aligned columns, one line each. */
export function renderLog(log: Log, { color, columns }: LogOptions): string[] {
  const rows = log.versions.map((entry) => [
    `@${entry.n}`,
    localTime(entry.time),
    origin(entry),
    entry.identity.type === "symlink" ? "" : formatSize(entry.size),
    content(entry.identity),
    entry.run ?? "",
    remarks(entry),
  ]);
  const widths = (rows[0] ?? []).map((_, i) => rows.reduce((max, row) => Math.max(max, textWidth(row[i] ?? "")), 0));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const left = (log.versions.at(-1)?.n ?? 1) - 1;
  return [
    paint("bold", truncate(printable(log.name), columns), color),
    ...lines.map((line) => truncate(`  ${line}`, columns)),
    ...(left > 0 ? [`  and ${left} more`] : []),
    ...log.versions.filter(({ latest, deferred }) => latest && deferred === true).map(wayToBytes),
  ];
}

function origin({ cause, task, writer }: LogEntry): string {
  const by = task ?? (writer === undefined ? undefined : `${writer.user}@${writer.host}`);
  return by === undefined ? cause : `${cause} by ${printable(by)}`;
}

function content(identity: Identity): string {
  return identity.type === "symlink" ? `→ ${printable(identity.text)}` : shortDigest(identity.digest);
}

function wayToBytes({ manifest = "", task = "", n }: LogEntry): string {
  return `  bring the bytes of @${n}: ${printable(bringCommand(manifest, task))}`;
}

function remarks({ parents, kept, deferred, unkept, message }: LogEntry): string {
  const missing = deferred === true ? "in the shared cache only" : unkept === true ? "bytes not stored" : "evicted";
  return [
    ...(parents === undefined ? [] : [`from ${parents.map((n) => `@${n}`).join(" and ")}`]),
    ...(kept ? [] : [missing]),
    ...(message === undefined ? [] : [`"${printable(message)}"`]),
  ].join("  ");
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}
