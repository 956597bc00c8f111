import type { Note } from "../../model/diagnostic.ts";
import type { RayNode } from "./protocol.ts";

const GIB = 1024 ** 3;

/** How many lines a message quotes of what another program said. */
const QUOTED = 3;

/** The end of what a process said, line by line. */
export function lastLines(words: string): readonly Note[] {
  return words
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-QUOTED)
    .map((message) => ({ message }));
}

/** Resources as people read them. */
export function amounts(resources: RayNode["resources"]): string {
  return Object.entries(resources)
    .map(([name, amount]) => (name === "memory" ? `${(amount / GIB).toFixed(1)} GiB of memory` : `${amount} ${name}`))
    .join(", ");
}
