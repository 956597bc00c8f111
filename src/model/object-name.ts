import { isValuePath, VALUES } from "./path.ts";

/**
 * Names of objects, as people type them and as the store has them. A file or directory is its path, relative to the
 * workspace or absolute; everything else has a prefix. A path that begins like a prefix is written `./param:x`.
 * The value of a task is a file among what is inc's own, and `value:` with the task's name stands for its path.
 */
export type ObjectKind = "path" | Exclude<Prefix, "value">;

type Prefix = "object" | "param" | "env" | "tool" | "value";

const PREFIXED = /^(object|param|env|tool|value):/;

const VALUE = "value:";

export function pathName(path: string): string {
  if (isValuePath(path)) return VALUE + unescapeSteps(path.slice(VALUES.length, -".json".length));
  return PREFIXED.test(path) ? `./${path}` : path;
}

export function objectName(kind: Prefix, id: string): string {
  return `${kind}:${id}`;
}

export function parseName(name: string): { readonly kind: ObjectKind; readonly id: string } {
  if (name.startsWith(VALUE)) return { kind: "path", id: pathOfValue(name.slice(VALUE.length)) };
  const prefix = PREFIXED.exec(name)?.[1];
  if (prefix !== undefined) return { kind: prefix as Exclude<Prefix, "value">, id: name.slice(prefix.length + 1) };
  return { kind: "path", id: name.startsWith("./") && PREFIXED.test(name.slice(2)) ? name.slice(2) : name };
}

/** True for the name of a task's value. */
export function isValueName(name: string): boolean {
  return name.startsWith(VALUE);
}

/** The name of the value of a task, as a person types it: with the manifest in front, unless it is the one of the workspace. */
export function valueName(manifest: string, task: string): string {
  return `${VALUE}${/^pipeline\.m?ts$/.test(manifest) ? "" : `${manifest}/`}${task}`;
}

/**
 * A file for each value, at the same place in each workspace. Keys of units may hold anything: a step that is empty or begins
 * with a dot is escaped, so that it leads nowhere else.
 */
function pathOfValue(id: string): string {
  const steps = id.split("/").map((step) => (step === "" ? "%" : step.replaceAll("%", "%25").replace(/^\./, "%2E")));
  return `${VALUES}${steps.join("/")}.json`;
}

function unescapeSteps(path: string): string {
  const plain = (step: string): string => step.replace(/^%2E/, ".").replaceAll("%25", "%");
  return path
    .split("/")
    .map((step) => (step === "%" ? "" : plain(step)))
    .join("/");
}
