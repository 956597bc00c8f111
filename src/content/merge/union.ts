import { linesOf } from "../text.ts";
import type { Merged } from "./merged.ts";

/**
 * Merges sets of lines: all lines of both sides but those that one of them took out, each once; ours in their order, then
 * what theirs added. Never a conflict.
 */
export function mergeUnion(base: string, ours: string, theirs: string): Merged {
  const [from, mine, others] = [base, ours, theirs].map((text) => new Set(linesOf(text).map(bare)));
  const left = [...(mine ?? [])].filter((line) => !from?.has(line) || others?.has(line) === true);
  const added = [...(others ?? [])].filter((line) => !from?.has(line) && !mine?.has(line));
  const end = /\r\n/.test(ours) ? "\r\n" : "\n";
  return { ok: true, bytes: Buffer.from([...left, ...added].map((line) => line + end).join("")) };
}

function bare(line: string): string {
  return line.replace(/\r?\n$/, "");
}
