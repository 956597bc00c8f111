import { extname } from "node:path";
import { hasher } from "../../host/files/hash.ts";
import type { Result } from "../../model/result.ts";
import { chunkRanges } from "../chunker.ts";
import { malformed } from "./problems.ts";
import { formatOf } from "./rows.ts";

/** Some lines of a file, with its header. */
export interface Piece {
  /** Name of a file for it: digits of the digest of its content, and the extension of the file that was cut. */
  readonly name: string;
  /** Its bytes, in parts to be written one after the other. */
  readonly parts: readonly Uint8Array[];
}

/** How many digits of its digest are in the name of a piece. */
const DIGITS = 12;

const [LINE_FEED, RETURN, QUOTE] = [10, 13, 34];

/**
 * Cuts a file between records where its content says (see `chunkRanges`), so that an edit, or a new line at the top, changes the
 * one or two pieces near it. Any file is cut between lines; one of a table between rows, and each piece begins with the header.
 * @param file Absolute path.
 */
export function piecesOf(file: string, bytes: Uint8Array): Result<readonly Piece[]> {
  const isTable = formatOf(file)?.kind === "table";
  const ends = isTable ? rowEnds(bytes) : lineEnds(bytes);
  if (!Array.isArray(ends)) {
    const what = "a quoted field, which begins here, has no end";
    return { ok: false, diagnostics: [malformed({ file, line: lineAt(bytes, ends.open) }, what, "close its quotes")] };
  }
  const start = isTable ? headerEnd(bytes, ends) : 0;
  const header = bytes.subarray(0, start);
  const named = new Map<string, number>();
  const pieces = cuts(bytes, start, ends).map(([from, to]): Piece => {
    const parts = [header, bytes.subarray(from, to)].filter(({ length }) => length > 0);
    const digest = hasher.digest(Buffer.concat(parts)).slice(0, DIGITS);
    const n = (named.get(digest) ?? 0) + 1;
    named.set(digest, n);
    return { name: `${digest}${n === 1 ? "" : `-${n}`}${extname(file)}`, parts };
  });
  return { ok: true, value: pieces };
}

/** The offset behind the header, which is the first row that is not empty. */
function headerEnd(bytes: Uint8Array, ends: readonly number[]): number {
  const isEmpty = (end: number, i: number): boolean =>
    bytes.subarray(ends[i - 1] ?? 0, end).every((byte) => byte === LINE_FEED || byte === RETURN);
  return ends.find((end, i) => !isEmpty(end, i)) ?? bytes.length;
}

/** The ranges of the pieces: each cut of the chunker is moved to the end of the record that it is in. */
function cuts(bytes: Uint8Array, start: number, ends: readonly number[]): (readonly [from: number, to: number])[] {
  const found: (readonly [number, number])[] = [];
  let from = start;
  let next = 0;
  for (const [, cut] of chunkRanges(bytes.subarray(start))) {
    while (next < ends.length - 1 && (ends[next] as number) < start + cut) next += 1;
    const to = ends[next] as number;
    if (to > from) found.push([from, to]);
    from = Math.max(from, to);
  }
  return found;
}

/** Offsets behind each line; the last one need not end. */
function lineEnds(bytes: Uint8Array): number[] {
  const ends: number[] = [];
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) ends.push(at + 1);
  if ((ends.at(-1) ?? 0) < bytes.length) ends.push(bytes.length);
  return ends;
}

/** Offsets behind each row, which ends as `rowsOf` has it: not within quotes, which a quote within quotes opens again at once. */
function rowEnds(bytes: Uint8Array): number[] | { readonly open: number } {
  const ends: number[] = [];
  let open: number | undefined;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) open = open === undefined ? at : undefined;
    else if (open !== undefined) continue;
    else if (byte === LINE_FEED || (byte === RETURN && bytes[at + 1] !== LINE_FEED)) ends.push(at + 1);
  }
  if (open !== undefined) return { open };
  if ((ends.at(-1) ?? 0) < bytes.length) ends.push(bytes.length);
  return ends;
}

function lineAt(bytes: Uint8Array, offset: number): number {
  return Buffer.from(bytes.subarray(0, offset))
    .toString("latin1")
    .split(/\r\n|\r|\n/).length;
}
