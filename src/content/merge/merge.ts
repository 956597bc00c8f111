import { decodeText } from "../text.ts";
import { mergeJson, whyNoJson } from "./json.ts";
import type { Merged } from "./merged.ts";
import { mergeText } from "./text.ts";
import { mergeUnion } from "./union.ts";

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
  const texts = [base, ours, theirs].map(decodeText);
  const [from, mine, others] = texts;
  if (from === undefined || mine === undefined || others === undefined)
    return { ok: false, conflicts: [{ where: "the whole", ours: "not UTF-8 text on some side", theirs: "the same" }] };
  if (kind === "json") return mergeJson(from, mine, others);
  return kind === "text" ? mergeText(from, mine, others) : mergeUnion(from, mine, others);
}

/** Why bytes can never be merged with others; undefined: they can, as far as is seen from them alone. */
export function whyNever(kind: "json" | "text" | "union", bytes: Uint8Array): string | undefined {
  const text = decodeText(bytes);
  if (text === undefined) return "it is not UTF-8 text";
  return kind === "json" ? whyNoJson(text) : undefined;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
