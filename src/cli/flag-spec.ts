import { parseArgs } from "node:util";
import { defined } from "../model/defined.ts";
import { DOWNLOADS } from "../model/download.ts";
import { RAY_DATA } from "../model/task/executor.ts";

/** A flag, defined once for both the quick parser and oclif. */
export interface FlagSpec {
  readonly name: string;
  readonly short?: string;
  readonly type: "boolean" | "string";
  readonly multiple?: boolean;
  readonly choices?: readonly string[];
  /** The placeholder of the value in help. */
  readonly value?: string;
  readonly description: string;
}

export const PARAM_FLAG: FlagSpec = {
  name: "param",
  type: "string",
  multiple: true,
  value: "name=value",
  description: "Set a parameter of the manifest (repeatable)",
};

export const JSON_FLAG: FlagSpec = {
  name: "json",
  type: "boolean",
  description: "Print JSON, and nothing else, on stdout",
};

export const RAY_FLAGS: readonly FlagSpec[] = [
  {
    name: "executor",
    type: "string",
    choices: ["local", "ray"],
    description:
      "Where commands run whose tasks say nothing. local: on this machine; ray: on a Ray cluster (default: the manifest's config, then local)",
  },
  {
    name: "ray-address",
    type: "string",
    value: "HOST:PORT",
    description:
      "The cluster's head (default: the manifest's config, RAY_ADDRESS, then auto: the cluster that this machine is a node of)",
  },
  {
    name: "ray-python",
    type: "string",
    value: "PATH",
    description:
      "A Python that has Ray (default: the manifest's config, then of the active environment, of .venv or venv in the workspace, python3, python)",
  },
  {
    name: "ray-data",
    type: "string",
    choices: RAY_DATA,
    description:
      "How files come to the cluster and back. objects: by Ray's object store; http: by the shared cache, a server; shared: by the shared cache, a directory that all nodes have (default: the manifest's config, then objects)",
  },
];

export const RUN_FLAGS: readonly FlagSpec[] = [
  { name: "dry", short: "n", type: "boolean", description: "Show what would run and why, and run nothing" },
  { name: "force", short: "f", type: "boolean", description: "Run the named tasks, or all, even when they are fresh" },
  {
    name: "jobs",
    short: "j",
    type: "string",
    value: "N|50%",
    description: "How many tasks run at once (default: one per core)",
  },
  {
    name: "keep-going",
    short: "k",
    type: "boolean",
    description: "After a failure, continue with tasks that do not depend on it",
  },
  {
    name: "affected",
    type: "boolean",
    description: "Run only tasks that files changed since the base affect, with what these need",
  },
  {
    name: "base",
    type: "string",
    value: "REF",
    description: "What --affected compares with (default: the branch of the pull request's base, else the main branch)",
  },
  {
    name: "adopt",
    type: "boolean",
    description: "Preserve an output directory that inc did not make as a version, then replace it",
  },
  { name: "json", type: "boolean", description: "Print JSON events, and nothing else, on stdout, one per line" },
  {
    name: "output-logs",
    type: "string",
    choices: ["full", "new-only", "errors-only", "none", "stream"],
    description:
      "Which tasks' output to show. full: all, also restored and fresh ones; new-only: those that ran; errors-only: those that failed; stream: all while they run, each line with its task's name",
  },
  { name: "verbose", short: "v", type: "boolean", description: "Show each command before it runs" },
  { name: "profile", type: "string", value: "trace.json", description: "Write a Chrome trace of the run to this file" },
  {
    name: "junit",
    type: "string",
    value: "FILE",
    description: "Write the results in the format of JUnit to this file, for CI systems",
  },
  PARAM_FLAG,
  {
    name: "no-cache-read",
    type: "boolean",
    description: "Take no result from the store: run all selected tasks",
  },
  { name: "no-cache-write", type: "boolean", description: "Store no results" },
  {
    name: "remote",
    type: "string",
    value: "URL",
    description:
      "Share results with other machines there (default: INC_REMOTE, then the manifest's config; none: nowhere)",
  },
  {
    name: "remote-download",
    type: "string",
    choices: DOWNLOADS,
    description:
      "Which outputs to bring from there. all: of every result; toplevel: of the tasks that are asked for; minimal: only what tasks that run need (default: INC_REMOTE_DOWNLOAD, then the manifest's config, then all)",
  },
  ...RAY_FLAGS,
  {
    name: "lock-wait",
    type: "string",
    value: "30s",
    description: "How long to wait for another run in this workspace (default: until it ends)",
  },
];

/** The parsed arguments of a command. */
export interface ParsedArguments {
  readonly flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
  /** Arguments after `--`. */
  readonly extra: readonly string[];
}

/** Parses the arguments of a command. Throws Node's ERR_PARSE_ARGS_* errors. */
function parseArguments(argv: readonly string[], specs: readonly FlagSpec[]): ParsedArguments {
  const end = argv.indexOf("--");
  const own = end < 0 ? argv : argv.slice(0, end);
  const options = Object.fromEntries(
    specs.map((flag) => [
      flag.name,
      {
        type: flag.type,
        ...defined({ short: flag.short }),
        ...(flag.multiple === true ? { multiple: true } : {}),
      },
    ]),
  );
  const { values, positionals } = parseArgs({ args: [...own], options, allowPositionals: true, strict: true });
  for (const { name, choices } of specs)
    if (choices !== undefined && values[name] !== undefined && !choices.includes(String(values[name])))
      throw new TypeError(`--${name} cannot be ${String(values[name])}`);
  return {
    flags: values as ParsedArguments["flags"],
    positionals,
    extra: end < 0 ? [] : argv.slice(end + 1),
  };
}

/** Undefined: the arguments are wrong or ask for help; oclif prints the message. */
export function parseQuickly(argv: readonly string[], specs: readonly FlagSpec[]): ParsedArguments | undefined {
  try {
    return parseArguments(argv, specs);
  } catch {
    return undefined;
  }
}

/**
 * The first positional is the manifest when it looks like its path (`pipeline.ts`, `sub/`, `..`), as no task name does.
 */
export function splitManifest(positionals: readonly string[]): { manifest?: string; tasks: readonly string[] } {
  const [first, ...rest] = positionals;
  if (first !== undefined && (/\.m?[tj]s$/.test(first) || /^\.{1,2}$/.test(first) || /[/\\]$/.test(first)))
    return { manifest: first, tasks: rest };
  return { tasks: positionals };
}
