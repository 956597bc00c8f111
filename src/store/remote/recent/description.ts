import { isObject } from "../../../content/json.ts";
import type { Description } from "../../../model/description.ts";
import type { Identity } from "../../../model/identity.ts";
import { isDigest, refuse } from "../parse.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const oneOf =
  (...texts: readonly unknown[]): Check =>
  (value) =>
    texts.includes(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const recordOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);
const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

/** True for what a path of an input can be. Links are followed as deep as a text was nested that JSON.parse could read. */
export const isIdentity = either(
  shape({ type: oneOf("file"), digest: isDigest, executable: oneOf(true, false) }),
  shape({ type: oneOf("directory"), digest: isDigest, targets: optional(recordOf((value) => isIdentity(value))) }),
  shape({ type: oneOf("symlink"), text: isText, target: optional((value) => isIdentity(value)) }),
) as (value: unknown) => value is Identity;

const isDescription = shape({
  format: oneOf(1),
  platform: isText,
  runtimeEnv: optional(isText),
  shell: oneOf("bash", "sh", "exec", "function", "python"),
  command: listOf(isText),
  stdio: optional(recordOf(isText)),
  function: optional(shape({ code: isDigest, node: optional(isText), inputs: recordOf(listOf(isText)) })),
  cwd: isText,
  env: recordOf(
    either(
      shape({ kind: oneOf("value"), value: isText }),
      shape({ kind: oneOf("unset") }),
      shape({ kind: oneOf("secret"), digest: isDigest }),
    ),
  ),
  params: recordOf((value) => ["string", "number", "boolean"].includes(typeof value)),
  tools: recordOf(
    either(
      shape({ kind: oneOf("file"), digest: isDigest }),
      shape({ kind: oneOf("package"), name: isText, version: isText }),
    ),
  ),
  files: recordOf(isIdentity),
  objects: optional(recordOf(isIdentity)),
  sets: recordOf(isDigest),
  entries: listOf(isDigest),
  services: optional(listOf(isDigest)),
  found: optional(recordOf(either(isIdentity, oneOf(null)))),
  outputs: listOf(shape({ name: isText, path: isText, type: oneOf("file", "directory") })),
  depfiles: listOf(either(isText, shape({ path: isText, relativeTo: isText }))),
}) as (value: unknown) => value is Description;

/**
 * The description of a result whose fingerprint was not asked for. A look-up needs no such check, as what it gets has the very
 * fingerprint of what is here.
 */
export function checkedDescription(description: unknown): Description {
  return isDescription(description) ? description : refuse("describes nothing that a task can be made of");
}
