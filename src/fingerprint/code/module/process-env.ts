import { own } from "../../../model/own.ts";
import { child, children, literalText, type Node, nameOf, propertyOf } from "../syntax/node.ts";
import type { Names } from "./names.ts";

const PROCESS = new Set(["node:process", "process"]);

type Variables = readonly (string | undefined)[] | "all";

/**
 * The environment variables that an expression reads which begins with a name: `process.env.X`, `env["X"]`,
 * `const { X } = process.env`. Undefined among them: which one is only known when it runs. "all": it passes all of them on.
 * @param parents From the root of the tree to the parent of the name.
 */
export function variablesRead(node: Node, parents: readonly Node[], names: Names): Variables {
  const properties = propertiesTo(node, names);
  if (properties === undefined) return [];
  let environment = node;
  let depth = parents.length - 1;
  for (const property of properties) {
    const member = parents[depth];
    if (member?.type !== "MemberExpression" || propertyOf(member) !== property) return [];
    const isChain = parents[depth - 1]?.type === "ChainExpression";
    environment = isChain ? (parents[depth - 1] as Node) : member;
    depth -= isChain ? 2 : 1;
  }
  return namesIn(parents[depth], environment);
}

/** The properties that lead from a name to the environment; undefined: none does. */
function propertiesTo(node: Node, names: Names): readonly string[] | undefined {
  const name = nameOf(node);
  if (names.scopes.meanings.get(node)?.scope !== "module")
    return name === "process" ? ["env"] : name === "globalThis" || name === "global" ? ["process", "env"] : undefined;
  const imported = own(names.imports, name);
  if (imported === undefined || !PROCESS.has(imported.request)) return undefined;
  return imported.name === "env" ? [] : ["env"];
}

/** @param parent What is around the expression that is the environment. */
function namesIn(parent: Node | undefined, environment: Node): Variables {
  if (parent === undefined) return "all";
  if (parent.type === "MemberExpression" && parent["object"] === environment) return [propertyOf(parent)];
  if (parent.type === "BinaryExpression" && parent["operator"] === "in") return [literalText(child(parent, "left"))];
  const pattern = parent.type === "VariableDeclarator" ? parent["id"] : parent["left"];
  return isPattern(pattern) ? keysOf(pattern) : parent.type === "ExpressionStatement" ? [] : "all";
}

function isPattern(value: unknown): value is Node {
  return (value as Node | null | undefined)?.type === "ObjectPattern";
}

function keysOf(pattern: Node): (string | undefined)[] {
  return children(pattern, "properties").flatMap((property) => {
    if (property.type !== "Property") return [undefined];
    const key = child(property, "key");
    return [property["computed"] === true ? literalText(key) : nameOf(key)];
  });
}
