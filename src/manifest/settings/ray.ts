import { isObject } from "../../content/json.ts";
import { DiagnosticError } from "../../model/diagnostic.ts";
import type { Location } from "../../model/location.ts";
import { own } from "../../model/own.ts";
import { EXECUTORS, type ExecutorConfig, type ExecutorName } from "../../model/task/executor.ts";
import { callSite } from "../call-site.ts";

/** A Ray cluster. Flags beat what is said here. */
export interface RayOptions {
  /** The cluster's head, `"10.0.0.5:6379"`. Default: RAY_ADDRESS, then the cluster that this machine is a node of. */
  readonly address?: string;
  /**
   * A Python that has Ray: a path relative to the workspace, or a name in PATH. Default: that of the active environment, of `.venv`
   * or `venv` in the workspace, `python3`, `python`.
   */
  readonly python?: string;
  /** What Ray sets up for the processes that run tasks. A change of it runs the tasks again that the manifest gives to Ray. */
  readonly runtimeEnv?: RayRuntimeEnv;
}

/** Fields of Ray's `runtime_env`, by its names. */
export interface RayRuntimeEnv {
  /** Packages of Python as pip takes them: `["pandas==2.2.3"]`. */
  readonly pip?: readonly string[];
  /** The same, installed by uv. */
  readonly uv?: readonly string[];
  /** The name of a conda environment that each node has, or what one is made of. */
  readonly conda?: string | Readonly<Record<string, unknown>>;
  /** The image of a container in which workers run. */
  readonly image_uri?: string;
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
  if (runtimeEnv !== undefined) checkRuntimeEnv(runtimeEnv, location);
  for (const [name, value] of Object.entries(texts)) {
    if (name !== "address" && name !== "python")
      throw unusable(`ray() has no option "${name}"`, "its options are address, python and runtimeEnv", location);
    if (value !== undefined && (typeof value !== "string" || value === ""))
      throw unusable(`the option "${name}" of ray() is no text`, EXAMPLES[name], location);
  }
  if (options.address?.includes("://") === true)
    throw unusable(`"${options.address}" is no address of a Ray cluster that inc can use`, EXAMPLES.address, location);
  return new Ray(options);
}

const EXAMPLES = {
  address: 'give the head\'s address as HOST:PORT: address: "10.0.0.5:6379"',
  python: 'name an interpreter: python: ".venv/bin/python"',
} as const;

function checkRuntimeEnv(env: unknown, location: Location): void {
  const fields = isObject(env) ? Object.entries(env) : [];
  if (fields.length === 0) throw unusable("runtimeEnv of ray() says nothing that Ray could set up", SETUP, location);
  for (const [name, value] of fields) {
    const isUsable = own(USABLE, name);
    if (isUsable === undefined)
      throw unusable(`runtimeEnv of ray() has no field "${name}"`, ELSEWHERE[name] ?? SETUP, location);
    if (!isUsable(value)) throw unusable(`the field "${name}" of runtimeEnv is not what Ray can use`, SETUP, location);
  }
}

const SETUP =
  'its fields are pip and uv (lists of packages), conda and image_uri: runtimeEnv: { pip: ["pandas==2.2.3"] }. Lists have to be here: the content of a requirements file would not count';

/** Fields of Ray's that would bring what no fingerprint has. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  env_vars: "variables are declared by the tasks that read them: env: { NAME: value }",
  working_dir: 'files are declared by the tasks that read them, and travel with them: inputs: [files("lib/**")]',
  py_modules: 'modules are declared by the tasks that load them, and travel with them: inputs: [files("lib/**/*.py")]',
};

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isText);

const USABLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  // A file of requirements is named by `-r`.
  pip: (value) => isTexts(value) && !(value as string[]).some((text) => text.startsWith("-r")),
  uv: (value) => isTexts(value) && !(value as string[]).some((text) => text.startsWith("-r")),
  conda: (value) => (isText(value) && !/\.ya?ml$/.test(value as string)) || isObject(value),
  image_uri: isText,
};

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
