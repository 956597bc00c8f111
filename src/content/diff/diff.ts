import { hasher } from "../../host/files/hash.ts";
import { chunkRanges } from "../chunker.ts";
import { decodeText } from "../text.ts";
import { diffCsv } from "./csv.ts";
import type { ContentDifference } from "./difference.ts";
import { diffJson } from "./json.ts";
import { diffText } from "./text.ts";

/** What a file is compared as. */
export type ContentKind = "json" | "csv" | "tsv" | "text";

/**
 * How two files differ, compared as what they are: JSON by pointer, tables by row and column, other text by line, the rest
 * by size and by the chunks that they share. Where only the text differs (white space of JSON, quotes of a table) it is
 * compared by line.
 * @param name Of the file: its ending says what it is, where `as` does not.
 */
export function diffContent(
  name: string,
  before: Uint8Array,
  after: Uint8Array,
  as: ContentKind = kindOf(name),
): ContentDifference {
  const texts = [before, after].map(textOf);
  const [old, now] = texts;
  if (old === undefined || now === undefined) return diffBinary(before, after);
  return structured(as, old, now) ?? diffText(old, now) ?? diffBinary(before, after);
}

function structured(kind: ContentKind, before: string, after: string): ContentDifference | undefined {
  if (kind === "json") return diffJson(before, after);
  if (kind === "csv") return diffCsv(before, after, delimiterOf(after));
  return kind === "tsv" ? diffCsv(before, after, "\t") : undefined;
}

function kindOf(name: string): ContentKind {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase();
  if (ending === "json" || ending === "geojson") return "json";
  return ending === "csv" || ending === "tsv" ? ending : "text";
}

/** Where numbers have a decimal comma, spreadsheets separate cells by semicolons. */
function delimiterOf(csv: string): string {
  const [header = ""] = csv.split("\n", 1);
  return header.includes(";") && !header.includes(",") ? ";" : ",";
}

function diffBinary(before: Uint8Array, after: Uint8Array): ContentDifference {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const shared = sharedBytes(before, after);
  return { kind: "binary", before: before.length, after: after.length, sameStart: start, sameEnd: end, shared };
}

/** How many bytes of the one after are in chunks that the one before has too, wherever it has them. */
function sharedBytes(before: Uint8Array, after: Uint8Array): number {
  const chunks = (bytes: Uint8Array) =>
    [...chunkRanges(bytes)]
      .map(([start, end]) => bytes.subarray(start, end))
      .map((chunk) => [hasher.digest(chunk), chunk.length] as const);
  const known = new Set(chunks(before).map(([digest]) => digest));
  return chunks(after).reduce((sum, [digest, size]) => (known.has(digest) ? sum + size : sum), 0);
}

/** Undefined: it is no text. */
function textOf(bytes: Uint8Array): string | undefined {
  const text = decodeText(bytes);
  return text?.includes("\0") === true ? undefined : text;
}
