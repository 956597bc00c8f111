import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Keep } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { callSite } from "./call-site.ts";
import type { ConfigDeclaration } from "./declaration.ts";
import { declarationOf } from "./handle.ts";
import { Config, type OutputRef, type Task, type Units } from "./handles.ts";
import { badSize, parseSize } from "./units.ts";

/** Settings of a pipeline. */
export interface ConfigOptions {
  /** What runs when no task is named. Default: all but manual ones. */
  readonly default?: readonly (Task | Units | OutputRef)[];
  /** How many attempts run at once: `4`, or a share of the cores, `"50%"`. A flag and INC_JOBS beat it. */
  readonly jobs?: number | string;
  /** Capacity of resource pools: `{ gpu: 2, memory: "8GB" }`. */
  readonly resources?: Readonly<Record<string, number | string>>;
  /** Of which versions of sources the bytes are retained: `"none"`, `"small"` (files up to 16 MiB) or `"all"`. Default: small. */
  readonly keep?: Keep;
}

function startable(handle: unknown, location: Location): NonNullable<ConfigDeclaration["default"]>[number] {
  const declaration = declarationOf(handle);
  if (declaration?.kind === "task" || declaration?.kind === "each" || declaration?.kind === "projection")
    return declaration;
  throw new DiagnosticError({
    code: "INC2017",
    severity: "error",
    message: "config() has a default that is not a task",
    location,
    help: ["use tasks, not names: default: [build]"],
  });
}

/**
 * Settings; only as the default export.
 * @example export default config({ default: [test], jobs: "50%" });
 */
export function config(options: ConfigOptions): Config {
  const location = callSite();
  const resources = Object.entries(options.resources ?? {}).map(([pool, amount]) => {
    const parsed = typeof amount === "number" ? amount : parseSize(amount);
    if (parsed === undefined) throw badSize(`the pool "${pool}"`, String(amount), location);
    return [pool, parsed] as const;
  });
  return new Config({
    kind: "config",
    ...(options.default === undefined
      ? {}
      : {
          default: options.default.map((handle) => startable(handle, location)),
        }),
    ...defined({ jobs: options.jobs, keep: options.keep }),
    resources: Object.fromEntries(resources),
    location,
  });
}
