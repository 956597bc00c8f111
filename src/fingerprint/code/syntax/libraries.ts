import { createRequire } from "node:module";

const load = createRequire(import.meta.url);

let parser: typeof import("oxc-parser") | undefined;
let scopes: typeof import("eslint-scope") | undefined;

/** Loading both takes 35 ms, which a run without functions need not spend. */
export function parserLibrary(): typeof import("oxc-parser") {
  parser ??= load("oxc-parser") as typeof import("oxc-parser");
  return parser;
}

export function scopeLibrary(): typeof import("eslint-scope") {
  scopes ??= load("eslint-scope") as typeof import("eslint-scope");
  return scopes;
}
