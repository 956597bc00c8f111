import type { Declaration } from "../declaration.ts";
import { session } from "../session.ts";

/** What a handle stands for: its declaration, and the value of a parameter or a variable as it is now. */
export function describeDeclaration(declaration: Declaration): unknown {
  switch (declaration.kind) {
    case "param":
      return ["param", declaration.name, session().readParam(declaration) ?? null];
    case "env":
      return [
        "env",
        declaration.name,
        declaration.tracked ? (session().readEnv(declaration.name) ?? declaration.default ?? null) : null,
      ];
    default:
      return plain(declaration, new Map());
  }
}

/**
 * Its fields, without where it was written and what it runs.
 * @param met Objects → their numbers, in the order in which they were met. A second time, an object is its number: spelled out anew in each
 * place, tasks that share their inputs would double with each step.
 */
function plain(value: unknown, met: Map<object, number>): unknown {
  if (typeof value === "function" || value === undefined) return null;
  if (typeof value !== "object" || value === null) return value;
  const known = met.get(value);
  if (known !== undefined) return { same: known };
  met.set(value, met.size);
  if (Array.isArray(value)) return value.map((item) => plain(item, met));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      key === "location" || key === "base" ? [] : [[key, plain(item, met)]],
    ),
  );
}
