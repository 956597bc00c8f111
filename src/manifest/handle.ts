import { boundHeapGrowth } from "../host/heap-growth.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { callSite } from "./call-site.ts";
import type { Declaration } from "./declaration.ts";

/** The key of a handle's declaration. Registered, so that two copies of inc in one process know each other's handles. */
export const DECLARATION = Symbol.for("inc.declaration");

/** What a handle declares; undefined for anything that is no handle. */
export function declarationOf(value: unknown): Declaration | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  return (value as { [DECLARATION]?: Declaration })[DECLARATION];
}

/** Represents something declared in a manifest. It is no string: `\`${handle}\`` outside of `sh` is a mistake. */
export abstract class Handle<D extends Declaration> {
  readonly [DECLARATION]: D;

  constructor(declaration: D) {
    boundHeapGrowth();
    this[DECLARATION] = declaration;
  }

  [Symbol.toPrimitive](): never {
    return notText(this[DECLARATION]);
  }
}

export function notText(declaration: Declaration): never {
  throw new DiagnosticError({
    code: "INC2010",
    severity: "error",
    message: `${nameOf(declaration)} is used as text`,
    location: callSite(),
    notes: "location" in declaration ? [{ message: "it was declared here", location: declaration.location }] : [],
    help: helpFor(declaration),
  });
}

function nameOf(declaration: Declaration): string {
  if (declaration.kind === "projection") return "a reference to an output";
  if (declaration.kind === "each") return "an each()";
  if (declaration.kind === "task" && declaration.service !== undefined) return "a service";
  return declaration.kind === "env" ? "an environment variable" : `a ${declaration.kind}`;
}

function helpFor(declaration: Declaration): string[] {
  if (declaration.kind === "task" && declaration.service !== undefined) return ["give it as an input: inputs: [it]"];
  if (declaration.kind === "file") return ["take a part of it: .path, .name, .stem, .ext or .dir"];
  if (declaration.kind === "param" || declaration.kind === "env")
    return ["use .value: the graph then depends on it, and is evaluated again when it changes"];
  return ["interpolate it in sh`…`, or give it as an input: inputs: [it]"];
}
