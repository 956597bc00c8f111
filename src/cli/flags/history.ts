import type { FlagSpec } from "../flag-spec.ts";

const JSON_FLAG: FlagSpec = { name: "json", type: "boolean", description: "JSON on stdout, and nothing else there" };

/** The flags of `inc log`. */
export const LOG_FLAGS: readonly FlagSpec[] = [
  { name: "limit", short: "n", type: "string", value: "LIMIT", description: "At most so many versions of each" },
  JSON_FLAG,
];

/** The flags of `inc get`. */
export const GET_FLAGS: readonly FlagSpec[] = [
  {
    name: "output",
    short: "o",
    type: "string",
    value: "PATH",
    description:
      "A file, or a directory to put it in, or - for stdout (the default); of a directory the one to make or to fill",
  },
  { name: "force", short: "f", type: "boolean", description: "Overwrite files that are there" },
];

/** The flags of `inc diff`. */
export const DIFF_FLAGS: readonly FlagSpec[] = [
  {
    name: "workspace",
    short: "w",
    type: "boolean",
    description: "Compare one version with what stands in the workspace",
  },
  JSON_FLAG,
];
