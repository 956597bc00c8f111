import { isObject } from "../../content/json.ts";
import type { DiagnosticError } from "../../model/diagnostic.ts";
import { own } from "../../model/own.ts";

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

/** @param problem Makes the error of a mistake in it. */
export function checkRuntimeEnv(env: unknown, problem: (message: string, help: string) => DiagnosticError): void {
  const fields = isObject(env) ? Object.entries(env) : [];
  if (fields.length === 0) throw problem("runtimeEnv of ray() says nothing that Ray could set up", SETUP);
  for (const [name, value] of fields) {
    const isUsable = own(USABLE, name);
    if (isUsable === undefined)
      throw problem(`runtimeEnv of ray() has no field "${name}"`, own(ELSEWHERE, name) ?? SETUP);
    if (!isUsable(value)) throw problem(`the field "${name}" of runtimeEnv is not what Ray can use`, SETUP);
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

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** A file of requirements is named by `-r`. */
const arePackages = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((text) => isText(text) && !text.startsWith("-r"));

const USABLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  pip: arePackages,
  uv: arePackages,
  conda: (value) => (isText(value) && !/\.ya?ml$/.test(value)) || isObject(value),
  image_uri: isText,
};
