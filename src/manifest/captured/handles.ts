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
      return plain(declaration, new Set());
  }
}

/** Its fields, without where it was written and what it runs. */
function plain(value: unknown, above: ReadonlySet<unknown>): unknown {
  if (typeof value === "function" || value === undefined) return null;
  if (typeof value !== "object" || value === null || above.has(value)) return typeof value === "object" ? null : value;
  const inside = new Set(above).add(value);
  if (Array.isArray(value)) return value.map((item) => plain(item, inside));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      key === "location" || key === "base" ? [] : [[key, plain(item, inside)]],
    ),
  );
}
