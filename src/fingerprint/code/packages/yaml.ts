import { createRequire } from "node:module";

const load = createRequire(import.meta.url);

/** Loaded when there is something to read: most lockfiles are JSON. */
export function parseYaml(text: string): unknown {
  return (load("yaml") as typeof import("yaml")).parse(text);
}
