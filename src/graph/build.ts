import type {
  EachDeclaration,
  EnvDeclaration,
  Evaluation,
  ParamDeclaration,
  TaskDeclaration,
} from "../manifest/declaration.ts";
import { defined } from "../model/defined.ts";
import { type Diagnostic, distinct } from "../model/diagnostic.ts";
import type { ExpandedFrom } from "../model/evaluation/expansion.ts";
import type { EnvBinding, Graph, GraphConfig, Task } from "../model/graph.ts";
import { dictionary } from "../model/own.ts";
import type { Result } from "../model/result.ts";
import type { ExecutorConfig } from "../model/task/executor.ts";
import { type CodeOf, resolveAction } from "./actions.ts";
import { batchProblems } from "./batches.ts";
import type { Concrete, Group } from "./concrete.ts";
import { checkExecutors, runsOnRay } from "./executors.ts";
import { orderMutations } from "./mutations.ts";
import { type Names, nameExports } from "./names.ts";
import { sortTasks } from "./order.ts";
import { Paths } from "./paths.ts";
import { checkPools } from "./pools.ts";
import { pythonPlaces } from "./python.ts";
import { Resolver } from "./resolve.ts";
import { nameUnits, type UnitsContext } from "./units/named-units.ts";
import { validate } from "./validate.ts";

/** What building asks of the world. Paths relative to the workspace. */
export interface BuildContext extends UnitsContext {
  /** Absolute. */
  readonly workspace: string;
  exists(path: string): boolean;
  readonly codeOf: CodeOf;
}

/** Turns what a manifest declared into a graph: names, units, references by index, checks, topological order. */
export function buildGraph(evaluation: Evaluation, context: BuildContext): Result<Graph> {
  const paths = new Paths(context.workspace, evaluation.manifest);
  const named = nameExports(evaluation);
  const { concrete, groups, errors } = nameUnits(named, paths, context);
  const resolver = new Resolver(paths, concrete, groups);
  for (const declared of evaluation.objects) resolver.addObject(declared);
  for (const declared of evaluation.params) resolver.addParam(declared);
  const tasks = resolveTasks([...concrete.values()], resolver, context.codeOf).map((task) =>
    withRuntimeEnv(task, named.config?.executor),
  );
  const defaults = defaultsOf(named, resolver);
  const unbatched = batchProblems(concrete.values());
  const before = [...unbatched, ...named.errors, ...errors, ...resolver.errors, ...paths.errors];
  if (before.length > 0) return { ok: false, diagnostics: distinct(before) };
  const problems = [
    ...validate(tasks, resolver.sets, context.exists, paths.manifest),
    ...checkPools(tasks, named.config?.resources ?? {}, named.config?.location),
    ...checkExecutors(tasks),
    ...unreached(evaluation, named, groups),
  ];
  if (problems.length > 0) return { ok: false, diagnostics: distinct(problems) };
  const sorted = sortTasks(orderMutations(tasks, resolver.sets));
  if (!sorted.ok) return sorted;
  return {
    ok: true,
    value: {
      manifest: paths.manifest,
      config: configOf(named, defaults),
      tasks: sorted.value,
      sets: resolver.sets,
      groups: [...named.names].flatMap(([{ kind }, { name }]) => (kind === "each" ? [name] : [])),
      ...expansionsOf(groups),
      params: [...resolver.params.values()],
      envs: [...resolver.envs.values()],
      tools: [...resolver.tools.values()],
      objects: [...resolver.objects.values()],
      warnings: evaluation.warnings,
    },
  };
}

function configOf({ config }: Names, defaults: readonly string[] | undefined): GraphConfig {
  const { jobs, keep, resources, remote, executor } = config ?? {};
  return defined({ default: defaults && [...new Set(defaults)], jobs, keep, resources, remote, executor });
}

/** Of a group whose units are not known yet, the task that makes them known. */
function defaultsOf(named: Names, resolver: Resolver): readonly string[] | undefined {
  resolver.expandedFrom.clear();
  const started = named.config?.default?.flatMap((handle) => resolver.tasks(configUser(named), handle));
  return started && [...started, ...resolver.expandedFrom.values()];
}

/** `config` refers to tasks as a task would; a mistake in it is located at the config. */
function configUser(named: Names): TaskDeclaration {
  return { location: named.config?.location } as TaskDeclaration;
}

function expansionsOf(groups: ReadonlyMap<EachDeclaration, Group>): Pick<Graph, "expansions"> {
  const all = [...groups.values()].flatMap(({ expansions }) => expansions.map(({ expansion }) => expansion));
  const expansions = [...new Set(all)];
  return expansions.length === 0 ? {} : { expansions };
}

function resolveTasks(all: readonly Concrete[], resolver: Resolver, codeOf: CodeOf): readonly Task[] {
  codeOf.preparePython(pythonPlaces(all, resolver.paths));
  return all.map((task) => resolveTask(task, resolver, codeOf));
}

function resolveTask(task: Concrete, resolver: Resolver, codeOf: CodeOf): Task {
  const { declaration, id, aliases, group, key, keys, isOwn, batch, outputs } = task;
  resolver.expandedFrom.clear();
  const { action, inputs, depfiles } = resolveAction(task, resolver, codeOf);
  const after = [...new Set(declaration.after.flatMap((handle) => resolver.tasks(declaration, handle)))];
  const expandedFrom = [
    ...(task.expandedFrom ?? []),
    ...[...resolver.expandedFrom].map(([name, maker]): ExpandedFrom => ({ group: name, task: maker })),
  ];
  const { location } = declaration;
  return {
    id,
    aliases,
    ...defined({ group, key, keys, isOwn }),
    ...(expandedFrom.length === 0 ? {} : { expandedFrom }),
    location,
    ...defined({ description: declaration.description }),
    action,
    inputs,
    outputs,
    depfiles,
    env: dictionary(Object.entries(declaration.env).map(([name, value]) => [name, binding(value, resolver)] as const)),
    cwd: resolver.paths.resolve(declaration.cwd ?? ".", "the working directory", declaration),
    after,
    rerun: declaration.rerun,
    resources: declaration.resources,
    ...(action.kind === "function" && action.all === true ? defined({ batch: batch?.size }) : {}),
    ...defined({ timeout: declaration.timeout }),
    retries: declaration.retries,
    ...defined({ platform: declaration.platform, executor: declaration.executor }),
    mutates: declaration.mutates.map((path) => resolver.paths.resolve(path, "the path", declaration)),
    ...defined({ service: declaration.service }),
  };
}

/** What Ray sets up is part of the fingerprints of the tasks that the manifest gives to it. */
function withRuntimeEnv(task: Task, executor: ExecutorConfig | undefined): Task {
  if (executor?.runtimeEnv === undefined || !runsOnRay(task, executor.name)) return task;
  return { ...task, runtimeEnv: executor.runtimeEnv };
}

function binding(
  value: { readonly kind: "literal"; readonly value: string } | EnvDeclaration | ParamDeclaration,
  resolver: Resolver,
): EnvBinding {
  if (value.kind === "literal") return value;
  if (value.kind === "env") resolver.addEnv(value);
  else resolver.addParam(value);
  return { kind: value.kind, name: value.name };
}

/** Tasks that no export reaches: most often an `export` was forgotten. */
function unreached(evaluation: Evaluation, named: Names, groups: ReadonlyMap<EachDeclaration, Group>): Diagnostic[] {
  const units = new Set(
    [...groups.values()].flatMap(({ units: list }) => list.flatMap(({ tasks }) => [...tasks.values()])),
  );
  return (
    evaluation.made
      // A manifest may use only a part of another one.
      .filter((made) => made.base === undefined && !named.names.has(made) && !(made.kind === "task" && units.has(made)))
      .map(({ location, ...rest }) => ({
        code: "INC2513",
        severity: "error",
        message: `no export reaches this ${rest.kind === "each" ? "each()" : rest.service === undefined ? "task" : "service"}, so it never runs`,
        location,
        help: ["export it: export const name = …"],
      }))
  );
}
