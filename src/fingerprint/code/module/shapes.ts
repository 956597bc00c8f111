import { child, type Node, nameOf, propertyOf } from "../syntax/node.ts";
import type { Use } from "./use.ts";

/** True for a member that may run without being called: a getter or setter, or one that the language asks for. */
export function isHook(member: Node): boolean {
  const key = child(member, "key");
  if (member["kind"] === "get" || member["kind"] === "set") return true;
  if (member["computed"] === true) return key.type !== "Literal";
  return /^(?:toString|valueOf|toJSON|then|constructor)$/.test(nameOf(key)) && member.type !== "PropertyDefinition";
}

/** True for a pattern that takes items out of an iterator. */
export function consumes(node: Node): boolean {
  return node.type === "ArrayPattern";
}

/** True for syntax that waits: `await x`, `for await`, `await using`. */
export function waits(node: Node): boolean {
  return node.type === "AwaitExpression" || node["await"] === true || node["kind"] === "await using";
}

/**
 * True for an expression that leads from an object to what others of its class share. `this.constructor` is the class around it, and
 * `x.constructor.name` is only its name.
 */
export function isShared(node: Node, parent: Node | undefined): boolean {
  if (parent !== undefined && memberOf(parent) === "name") return false;
  if (node.type === "CallExpression") return /^getPrototypeOf$/.test(memberOf(child(node, "callee")) ?? "");
  const name = memberOf(node);
  if (name === "constructor") return child(node, "object").type !== "ThisExpression";
  return name === "__proto__";
}

function memberOf(node: Node): string | undefined {
  return node.type === "MemberExpression" ? propertyOf(node) : undefined;
}

/** True for a builtin class, or an object such as Math, that is given another name, or is passed to a function that may change it. */
export function isHandedOut(builtin: Node, parent: Node | undefined): boolean {
  if (!/^[A-Z]/.test(nameOf(builtin)) || /^(?:NaN|Infinity)$/.test(nameOf(builtin))) return false;
  if (parent?.type === "VariableDeclarator") return child(parent, "id").type === "Identifier";
  return parent?.type === "CallExpression" && child(parent, "callee").type === "Identifier";
}

/** The expressions that may give an expression its value. */
export function valuesOf(node: Node): readonly Node[] {
  if (node.type === "AwaitExpression") return valuesOf(child(node, "argument"));
  const sides = node.type === "ConditionalExpression" ? ["consequent", "alternate"] : ["left", "right"];
  const isEither = node.type === "ConditionalExpression" || node.type === "LogicalExpression";
  return isEither ? sides.flatMap((side) => valuesOf(child(node, side))) : [node];
}

/** What Node gives to `import.meta`, which is constant. */
const CONSTANT = new Set(["url", "dirname", "filename", "main", "resolve"]);

/** True when an expression may change what `import.meta` holds, or passes it on. @param use Of the node. */
export function changesMeta(node: Node, parent: Node | undefined, use: Use): boolean {
  if (node.type !== "MetaProperty" || nameOf(child(node, "meta")) !== "import" || use === "read") return false;
  const property = parent?.type === "MemberExpression" ? propertyOf(parent) : undefined;
  return use === "write" || !CONSTANT.has(property ?? "");
}

export function unchained(node: Node): Node {
  return node.type === "ChainExpression" ? child(node, "expression") : node;
}

/** The identifier that a chain of properties begins with, the first property, and how many there are. */
export function rootOf(node: Node): { root?: Node; member?: string | undefined; depth: number } {
  let current = unchained(node);
  let member: string | undefined;
  let depth = 0;
  while (current.type === "MemberExpression") {
    member = propertyOf(current);
    depth += 1;
    current = unchained(child(current, "object"));
  }
  return current.type === "Identifier" ? { root: current, member, depth } : { depth };
}
