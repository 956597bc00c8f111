import { DiagnosticError } from "../../model/diagnostic.ts";
import type { Location } from "../../model/location.ts";
import {
  EXECUTORS,
  type ExecutorConfig,
  type ExecutorName,
  RAY_DATA,
  type RayData,
} from "../../model/task/executor.ts";
import { callSite } from "../call-site.ts";
import { checkRuntimeEnv, type RayRuntimeEnv } from "./runtime-env.ts";

/** A Ray cluster. Flags beat what is said here. */
export interface RayOptions {
  /** The cluster's head, `"10.0.0.5:6379"`. Default: RAY_ADDRESS, then the cluster that this machine is a node of. */
  readonly address?: string;
  /**
   * A Python that has Ray: a path relative to the workspace, or a name in PATH. Default: that of the active environment, of `.venv`
   * or `venv` in the workspace, `python3`, `python`.
   */
  readonly python?: string;
  /**
   * How inputs and outputs travel: `"objects"`, by Ray's object store; `"http"` or `"shared"`, by the shared cache (`config({ remote })`),
   * which is a server or a directory that all machines have. Default: objects.
   */
  readonly data?: RayData;
  /** What Ray sets up for the processes that run tasks. A change of it runs the tasks again that the manifest gives to Ray. */
  readonly runtimeEnv?: RayRuntimeEnv;
}

/** Where commands run: what `ray()` gives. */
export class Ray {
  readonly options: RayOptions;

  constructor(options: RayOptions) {
    this.options = options;
  }
}

/**
 * A Ray cluster, as the executor of a pipeline.
 * @example export default config({ executor: ray({ address: "10.0.0.5:6379" }) });
 */
export function ray(options: RayOptions = {}): Ray {
  const location = callSite();
  const { runtimeEnv, ...texts } = options;
  if (runtimeEnv !== undefined) checkRuntimeEnv(runtimeEnv, (message, help) => unusable(message, help, location));
  for (const [name, value] of Object.entries(texts)) {
    if (name !== "address" && name !== "python" && name !== "data")
      throw unusable(`ray() has no option "${name}"`, "its options are address, python, data and runtimeEnv", location);
    if (value !== undefined && (typeof value !== "string" || value === ""))
      throw unusable(`the option "${name}" of ray() is no text`, EXAMPLES[name], location);
  }
  if (options.address?.includes("://") === true)
    throw unusable(`"${options.address}" is no address of a Ray cluster that inc can use`, EXAMPLES.address, location);
  if (options.data !== undefined && !RAY_DATA.includes(options.data))
    throw unusable(`"${options.data}" is no way for data to a Ray cluster`, EXAMPLES.data, location);
  return new Ray(options);
}

const EXAMPLES = {
  address: 'give the head\'s address as HOST:PORT: address: "10.0.0.5:6379"',
  python: 'name an interpreter: python: ".venv/bin/python"',
  data: 'use "objects", "http" or "shared"',
} as const;

/** @param executor As `config` was given it. */
export function executorConfig(executor: unknown, location: Location): ExecutorConfig | undefined {
  if (executor === undefined) return undefined;
  if (executor instanceof Ray) {
    const { runtimeEnv, ...options } = executor.options;
    return { name: "ray", ...options, ...(runtimeEnv && { runtimeEnv: JSON.stringify(runtimeEnv) }) };
  }
  if (EXECUTORS.includes(executor as ExecutorName)) return { name: executor as ExecutorName };
  throw unusable("config() has an executor that inc does not know", 'use ray({ … }), "ray" or "local"', location);
}

function unusable(message: string, help: string, location: Location): DiagnosticError {
  return new DiagnosticError({ code: "INC2033", severity: "error", message, location, help: [help] });
}
