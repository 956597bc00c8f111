import { NOTIFICATIONS } from "../../report/run/watch.ts";
import { type FlagSpec, RAY_FLAGS, RUN_FLAGS } from "../flag-spec.ts";

/** What `inc watch` takes of `inc run`'s. */
const SHARED = new Set(["jobs", "json", "output-logs", "verbose", "param", ...RAY_FLAGS.map(({ name }) => name)]);

export const WATCH_FLAGS: readonly FlagSpec[] = [
  ...RUN_FLAGS.filter(({ name }) => SHARED.has(name)),
  {
    name: "no-cancel",
    type: "boolean",
    description: "Let running attempts end before edited inputs run them again",
  },
  { name: "clear", type: "boolean", description: "Clear the screen before each run with something to do" },
  {
    name: "notify",
    type: "string",
    choices: NOTIFICATIONS,
    description: "How to signal on a terminal that a task failed, or that all tasks succeed again (default: none)",
  },
  {
    name: "serve",
    type: "string",
    value: "PORT",
    description: "Serve a live page for a browser on this machine; 0 picks any free port",
  },
  {
    name: "once-ready",
    type: "string",
    value: "CMD",
    description: "Start this command once, after the first successful run; it ends with watch",
  },
];
