import { NOTIFY } from "../../report/run/watch.ts";
import { type FlagSpec, RUN_FLAGS } from "../flag-spec.ts";

/** What `inc watch` takes of `inc run`'s. */
const SHARED = new Set(["jobs", "json", "output-logs", "verbose", "param"]);

export const WATCH_FLAGS: readonly FlagSpec[] = [
  ...RUN_FLAGS.filter(({ name }) => SHARED.has(name)),
  {
    name: "no-cancel",
    type: "boolean",
    description: "Let what runs come to its end before what was edited meanwhile runs again",
  },
  { name: "clear", type: "boolean", description: "Empty the screen before each run that does something" },
  {
    name: "notify",
    type: "string",
    choices: NOTIFY,
    description: "How to tell that something failed, or that all is well again, on a terminal (default: none)",
  },
  {
    name: "serve",
    type: "string",
    value: "PORT",
    description: "Show what watch does on a page for a browser on this machine; 0 takes any port that is free",
  },
  {
    name: "once-ready",
    type: "string",
    value: "CMD",
    description: "Start this command, once, when all is well for the first time; it ends with watch",
  },
];
