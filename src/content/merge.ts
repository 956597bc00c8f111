import { mergeJson, whyNoJson } from "./merge-json.ts";
import { mergeText } from "./merge-text.ts";
import { mergeUnion } from "./merge-union.ts";
import type { Merged } from "./merged.ts";

/**
 * Three-way merge: what either side changed of the base is changed in the result. Equal changes agree; a side that
 * changed nothing gives the other side's bytes as they are. No bytes stand for a base that never was.
 */
export function mergeContent(
  kind: "json" | "text" | "union",
  base: Uint8Array,
  ours: Uint8Array,
  theirs: Uint8Array,
): Merged {
  if (same(ours, theirs) || same(base, theirs)) return { ok: true, bytes: ours };
  if (same(base, ours)) return { ok: true, bytes: theirs };
  const texts = [base, ours, theirs].map(decode);
  const [from, mine, others] = texts;
  if (from === undefined || mine === undefined || others === undefined)
    return { ok: false, conflicts: [{ where: "the whole", ours: "no UTF-8 text on some side", theirs: "the same" }] };
  if (kind === "json") return mergeJson(from, mine, others);
  return kind === "text" ? mergeText(from, mine, others) : mergeUnion(from, mine, others);
}

/** Why bytes can never be merged with others; undefined: they can, as far as is seen from them alone. */
export function whyNever(kind: "json" | "text" | "union", bytes: Uint8Array): string | undefined {
  const text = decode(bytes);
  if (text === undefined) return "it is no UTF-8 text";
  return kind === "json" ? whyNoJson(text) : undefined;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
