import { type FlagSpec, PARAM_FLAG } from "../flag-spec.ts";

/** The flags of `inc status`. */
export const STATUS_FLAGS: readonly FlagSpec[] = [
  PARAM_FLAG,
  { name: "json", type: "boolean", description: "JSON on stdout, and nothing else there" },
  { name: "all", short: "a", type: "boolean", description: "Name the fresh ones as well" },
  {
    name: "stale",
    type: "boolean",
    description: "By cause: what each new version made stale, also through others, and why",
  },
];
