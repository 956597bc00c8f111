import { type FlagSpec, JSON_FLAG, PARAM_FLAG } from "../flag-spec.ts";

/** The flags of `inc status`. */
export const STATUS_FLAGS: readonly FlagSpec[] = [
  PARAM_FLAG,
  JSON_FLAG,
  { name: "all", short: "a", type: "boolean", description: "List fresh tasks as well" },
  {
    name: "stale",
    type: "boolean",
    description: "Group by cause: what each new version makes stale, directly or through other tasks, and why",
  },
];
