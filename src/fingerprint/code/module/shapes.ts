import { child, children, type Node, nameOf, propertyOf } from "../syntax/node.ts";
import type { Use } from "./use.ts";

/** True for a member that may run without being called: a getter or setter, or one that the language asks for. */
export function isHook(member: Node): boolean {
  const key = child(member, "key");
  if (member["kind"] === "get" || member["kind"] === "set") return true;
  if (member["computed"] === true) return key.type !== "Literal";
  return /^(?:toString|valueOf|toJSON|then|constructor)$/.test(nameOf(key)) && member.type !== "PropertyDefinition";
}

/** Syntax that changes something, or goes no further. The last: a pattern that takes items out of an iterator. */
const ACTING = new Set([
  "AssignmentExpression",
  "UpdateExpression",
  "ForOfStatement",
  "ForInStatement",
  "ThrowStatement",
  "ArrayPattern",
]);

/** True for syntax that does more than compute. */
export function acts(node: Node): boolean {
  return ACTING.has(node.type) || node["operator"] === "delete";
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
  if (node.type === "Property" && parent?.type === "ObjectPattern" && node["computed"] !== true)
    return /^(?:__proto__|constructor)$/.test(nameOf(child(node, "key")));
  if (parent !== undefined && memberOf(parent) === "name") return false;
  if (node.type === "CallExpression") return /^getPrototypeOf$/.test(memberOf(child(node, "callee")) ?? "");
  const name = memberOf(node);
  if (name === "constructor") return child(node, "object").type !== "ThisExpression";
  return name === "__proto__";
}

function memberOf(node: Node): string | undefined {
  return node.type === "MemberExpression" ? propertyOf(node) : undefined;
}

/** Expressions whose value may be that of a part of them. */
const TRANSPARENT = new Set(["AwaitExpression", "ConditionalExpression", "LogicalExpression", "SequenceExpression"]);

/**
 * True for a builtin class, or an object such as Math, that gets another name, becomes part of a value, or is passed to a function that
 * may change it. Methods are taken for such as `filter(Boolean)`, which do not.
 * @param parents From the root of the tree to the parent of the builtin's name.
 */
export function isHandedOut(builtin: Node, parents: readonly Node[]): boolean {
  if (!/^[A-Z]/.test(nameOf(builtin)) || /^(?:NaN|Infinity)$/.test(nameOf(builtin))) return false;
  const parent = parents.findLast(({ type }) => !TRANSPARENT.has(type));
  switch (parent?.type) {
    case "VariableDeclarator":
      return isLeadingOn(child(parent, "id"));
    case "AssignmentExpression":
    case "AssignmentPattern":
      return isLeadingOn(child(parent, "left"));
    case "CallExpression":
      return child(parent, "callee").type === "Identifier";
    default:
      return parent !== undefined && !KEEPING.has(parent.type);
  }
}

/** Syntax in which a class changes nothing by standing there. */
const KEEPING = new Set(["ClassDeclaration", "ClassExpression", "MemberExpression", "ThrowStatement"]);

/** True for a name, and for a pattern by which more than single functions can be taken out of an object. */
function isLeadingOn(pattern: Node): boolean {
  if (pattern.type !== "ObjectPattern") return true;
  return children(pattern, "properties").some((one) => {
    if (one.type !== "Property" || one["computed"] === true) return true;
    return child(one, "value").type === "ObjectPattern" || nameOf(child(one, "key")) === "prototype";
  });
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
