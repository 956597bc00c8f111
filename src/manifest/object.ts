import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Location } from "../model/location.ts";
import { callSite } from "./call-site.ts";
import type { MergeFunction, ObjectDeclaration } from "./declaration.ts";
import { ObjectRef } from "./handles.ts";
import { session } from "./session.ts";

/** How concurrent writes to a published object are resolved. */
export interface ObjectOptions {
  /**
   * How to publish a version whose writer did not start from the latest one: refuse it (the default), let it win, or
   * merge it: JSON by pointer, text by lines, sets of lines by union, or by a function.
   */
  readonly conflict?: "reject" | "last-write-wins" | { readonly merge: "json" | "text" | "union" | MergeFunction };
  /**
   * True: a put must name the version that it started from (`--if-version`, `ifVersion`). False: a put without a base
   * version is not checked, so that the last put wins regardless of `conflict`.
   */
  readonly requireBase?: boolean;
  /** How many versions are never evicted, newest first. Default: all, as no task can make them again. */
  readonly keep?: number | "all";
}

/**
 * An object that the outside world sets, with `inc put NAME FILE` or `openStore`. In a command it is the path of
 * a private copy of the version that the run has pinned.
 * @example const rates = object("rates", { conflict: { merge: "json" } });
 */
export function object(name: string, options: ObjectOptions = {}): ObjectRef {
  const location = callSite();
  const { conflict = "reject", keep = "all", requireBase = false } = options;
  if (name === "" || name.includes("@")) throw badName(name, location);
  if (keep !== "all" && !(Number.isInteger(keep) && keep > 0)) throw badKeep(name, String(keep), location);
  const merge = typeof conflict === "object" && typeof conflict.merge === "function" ? conflict.merge : undefined;
  const declaration: ObjectDeclaration = {
    kind: "object",
    name,
    conflict: merge === undefined ? (conflict as ObjectDeclaration["conflict"]) : { merge: "function" },
    ...defined({ merge }),
    keep,
    ...(requireBase ? { requireBase: true as const } : {}),
    location,
  };
  session().objects.push(declaration);
  return new ObjectRef(declaration);
}

function badName(name: string, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2020",
    severity: "error",
    message: name === "" ? "a published object has no name" : `the name of a published object contains an @: "${name}"`,
    location,
    notes: [{ message: "name@3 means its third version" }],
    help: ["give it another name"],
  });
}

function badKeep(name: string, keep: string, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2021",
    severity: "error",
    message: `the object "${name}" has keep: ${keep}, which is not a number of versions`,
    location,
    help: ['give a whole number from 1, or "all"'],
  });
}
