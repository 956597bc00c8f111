import { type FlagSpec, JSON_FLAG } from "../flag-spec.ts";

/** The flags of `inc log`. */
export const LOG_FLAGS: readonly FlagSpec[] = [
  {
    name: "limit",
    short: "n",
    type: "string",
    value: "LIMIT",
    description: "Show at most this many versions of each object",
  },
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
      "File, or directory to put it in, or - for stdout (the default); for a directory, the one to create or fill",
  },
  { name: "force", short: "f", type: "boolean", description: "Overwrite existing files" },
];

/** The flags of `inc diff`. */
export const DIFF_FLAGS: readonly FlagSpec[] = [
  {
    name: "workspace",
    short: "w",
    type: "boolean",
    description: "Compare a version with the workspace",
  },
  JSON_FLAG,
];
