import type { FlagSpec } from "../flag-spec.ts";

/** The flags of `inc lineage`. */
export const LINEAGE_FLAGS: readonly FlagSpec[] = [
  { name: "down", type: "boolean", description: "Show what was made of it, and which of that is stale now" },
  { name: "depth", type: "string", value: "N", description: "Show at most N tasks in each direction" },
  {
    name: "at",
    type: "string",
    value: "VERSION",
    description: "The version of objects named without one, written as after an @",
  },
  {
    name: "diff",
    type: "string",
    value: "V1 V2",
    description: "Explain why two versions of the object differ, by the fewest changes",
  },
  {
    name: "format",
    type: "string",
    choices: ["tree", "json", "dot", "mermaid", "openlineage", "html"],
    description: "Output format (default: tree)",
  },
  { name: "output", short: "o", type: "string", value: "FILE", description: "Write to this file" },
];
