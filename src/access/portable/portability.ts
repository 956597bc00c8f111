import { homedir } from "node:os";
import { resolve } from "node:path";
import { readsOf } from "../../graph/reads.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { EnvSource, Graph, Input, Task } from "../../model/graph.ts";
import { isWithin } from "../../model/path.ts";
import type { Action, Part } from "../../model/task/action.ts";
import type { Open } from "../../workspace/open-workspace.ts";
import { type MachinePlace, type NamedPlace, namedIn, namedInFile, placesOf } from "./places.ts";

/** Variables that differ between machines and people by their nature. */
const PERSONAL = /^(HOME|USER|LOGNAME|PATH|PWD|OLDPWD|HOSTNAME|TMPDIR|TMP|TEMP|SHELL|TERM|SSH_.*|XDG_.*)$/;

type Site = Pick<Open, "workspace" | "store">;

/**
 * What keeps the results of tasks from being found by another machine, another person or in another checkout of the same sources: their
 * fingerprints, or the content of their outputs, depend on where they were made. Outputs are looked at as they are now.
 */
export function portabilityOf(site: Site, graph: Graph, tasks: readonly Task[]): readonly Diagnostic[] {
  const { workspace } = site;
  const places = placesOf(workspace.root, workspace.files.realpath(workspace.root) ?? workspace.root, homedir());
  const variables = new Map(graph.envs.map((source) => [source.name, source]));
  const seen = new Set<string>();
  return tasks
    .flatMap((task) => [
      ...inCommand(task, places),
      ...inFound(site, graph, task),
      ...readsOf(task).variables.flatMap((name) => inVariable(variables.get(name), places)),
      ...task.inputs.flatMap((input) => (input.kind === "tool" ? inTool(site, task, input) : [])),
      ...inOutputs(site, task, places),
    ])
    .filter((found) => {
      const key = JSON.stringify(found);
      return !seen.has(key) && seen.add(key);
    });
}

/** What is written into a command, and so into its fingerprint. */
function inCommand(task: Task, places: readonly MachinePlace[]): readonly Diagnostic[] {
  const { action, env } = task;
  const words = wordsOf(action);
  // A text may be put together of several.
  const texts = words.map((parts) => parts.map((part) => (typeof part === "string" ? part : "\0")).join(""));
  const values = Object.entries(env).flatMap(([name, binding]) =>
    binding.kind === "literal" ? [[`variable ${name}`, binding.value] as const] : [],
  );
  return [...texts.map((text) => ["command", text] as const), ...values].flatMap(([where, text]) => {
    const named = namedIn(text, places);
    return named === undefined ? [] : [personalCommand(task, where, named)];
  });
}

function wordsOf(action: Action): readonly (readonly Part[])[] {
  if (action.kind === "function") return [];
  return action.kind === "shell" ? [action.parts] : action.argv;
}

/** Headers of the system and the like, which a depfile named. */
function inFound({ store }: Site, graph: Graph, { id, location }: Task): readonly Diagnostic[] {
  const found = store.history.latestRecord(graph.manifest, id)?.description.found ?? {};
  const [first, ...more] = Object.keys(found).filter((path) => path.startsWith("/"));
  if (first === undefined) return [];
  return [
    {
      code: "INC1063",
      severity: "warning",
      message: `task "${id}" found "${first}"${more.length === 0 ? "" : ` and ${more.length} more`} outside of the workspace`,
      location,
      notes: [{ message: "their content is part of the fingerprint, and may differ on another machine" }],
      help: ["run in the same container image everywhere, or have the depfile leave them out, as -MMD does"],
    },
  ];
}

function inVariable(source: EnvSource | undefined, places: readonly MachinePlace[]): readonly Diagnostic[] {
  if (source === undefined || !source.tracked) return [];
  const { name, secret, location } = source;
  const value = process.env[name];
  const common = { code: "INC1063", severity: "warning", location } as const;
  if (secret)
    return [
      {
        ...common,
        message: `the secret "${name}" is part of fingerprints, with the salt of this store`,
        notes: [{ message: "no other store makes the same fingerprint of it" }],
        help: [`if the result does not depend on its value: env("${name}", { tracked: false })`],
      },
    ];
  if (!PERSONAL.test(name) && (value === undefined || namedIn(value, places) === undefined)) return [];
  return [
    {
      ...common,
      message: `the variable "${name}" is part of fingerprints, and differs from machine to machine`,
      help: [`if the result does not depend on its value: env("${name}", { tracked: false })`],
    },
  ];
}

function inTool({ workspace }: Site, task: Task, { name, location }: Input & { kind: "tool" }): readonly Diagnostic[] {
  const seen = { isMade: () => false, identify: (path: string) => workspace.index.identify(path) };
  const tool = workspace.resolveTool(name, task.cwd, seen);
  if (tool === undefined || tool.identity.kind !== "file") return [];
  if (isWithin(tool.realpath, workspace.files.realpath(workspace.root) ?? workspace.root)) return [];
  return [
    {
      code: "INC1062",
      severity: "warning",
      message: `the tool "${name}" counts by the content of "${tool.realpath}", a program of this machine`,
      location,
      notes: [{ message: `its digest is ${tool.identity.digest.slice(0, 12)}; another build of it is another tool` }],
      help: [
        "run in the same container image everywhere, or install it by npm: programs of node_modules count by version",
      ],
    },
  ];
}

function inOutputs({ workspace }: Site, task: Task, places: readonly MachinePlace[]): readonly Diagnostic[] {
  return task.outputs.flatMap((output) =>
    filesAt(workspace, output.path).flatMap((path) => {
      const named = namedInFile(resolve(workspace.root, path), places);
      return named === undefined
        ? []
        : [personalOutput(task, named.line === undefined ? path : `${path}:${named.line}`, named)];
    }),
  );
}

/** The files of an output; none where it is not there. */
function filesAt(workspace: Open["workspace"], path: string): readonly string[] {
  const type = workspace.files.stat(resolve(workspace.root, path))?.type;
  if (type === "file") return [path];
  if (type !== "directory") return [];
  return (workspace.files.readDirectory(resolve(workspace.root, path)) ?? []).flatMap(({ name }) =>
    filesAt(workspace, `${path}/${name}`),
  );
}

function personalCommand({ id, location }: Task, where: string, { place, text }: NamedPlace): Diagnostic {
  return {
    code: "INC1060",
    severity: "warning",
    message: `the ${where} of task "${id}" names "${text}", in ${place.what}`,
    location,
    notes: [{ message: "elsewhere it is another text, and so another fingerprint" }],
    help: ["commands run in the manifest's directory: name files relative to that, or by file() and out()"],
  };
}

function personalOutput({ id, location }: Task, where: string, { place, text }: NamedPlace): Diagnostic {
  return {
    code: "INC1061",
    severity: "warning",
    message: `"${where}", made by task "${id}", names "${text}", in ${place.what}`,
    location,
    notes: [
      {
        message:
          "made elsewhere it has other bytes, so that tasks that read it miss; and restored elsewhere, it names a place that is not there",
      },
    ],
    help: [
      "have the program write relative paths: many have an option such as -ffile-prefix-map, --remap-path-prefix or -trimpath",
    ],
  };
}
