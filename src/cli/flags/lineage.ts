import type { FlagSpec } from "../flag-spec.ts";

/** The flags of `inc lineage`. */
export const LINEAGE_FLAGS: readonly FlagSpec[] = [
  { name: "down", type: "boolean", description: "What was made of it, and which of that is stale now" },
  { name: "depth", type: "string", value: "N", description: "At most so many tasks away" },
  { name: "at", type: "string", value: "VERSION", description: "The version, as it stands behind an @" },
  {
    name: "diff",
    type: "string",
    value: "V1 V2",
    description: "Why two versions of the object differ: the fewest changes that explain it",
  },
  {
    name: "format",
    type: "string",
    choices: ["tree", "json", "dot", "mermaid", "openlineage", "html"],
    description: "How to tell it (default: tree)",
  },
  { name: "output", short: "o", type: "string", value: "FILE", description: "Write it to this file" },
];
