import { own } from "../../../model/own.ts";
import { child, children, isClass, isFunction, maybeChild, type Node, nameOf, propertyOf } from "../syntax/node.ts";
import type { Names } from "./names.ts";
import { rootOf } from "./shapes.ts";

/** True for a declaration that gives the same wherever among the others it stands. */
export function isFree(root: Node): boolean {
  if (root.type !== "VariableDeclaration") return isFunction(root) || isClass(root) || root.type === "Literal";
  const value = maybeChild(children(root, "declarations")[0] as Node, "init");
  return root["kind"] === "const" && value !== undefined && (isFunction(value) || isClass(value) || isLiteral(value));
}

export function isPrimitive(root: Node): boolean {
  if (root.type !== "VariableDeclaration" || root["kind"] !== "const") return false;
  const declarator = children(root, "declarations")[0] as Node;
  const value = maybeChild(declarator, "init");
  return child(declarator, "id").type === "Identifier" && value !== undefined && isLiteral(value);
}

function isLiteral(value: Node): boolean {
  if (value.type === "UnaryExpression") return isLiteral(child(value, "argument"));
  if (value.type === "TemplateLiteral") return children(value, "expressions").length === 0;
  return value.type === "Literal" && value["regex"] === undefined;
}

/** Methods of arrays and texts that give new ones, where they are called on data. */
const DERIVING = new Set([
  "concat",
  "filter",
  "flat",
  "flatMap",
  "join",
  "map",
  "slice",
  "split",
  "toReversed",
  "toSorted",
  "trim",
]);

/** True for a constant that is data, in which no iterator is. */
export function declaresData(root: Node, names: Names): boolean {
  if (root.type !== "VariableDeclaration" || root["kind"] !== "const") return isFunction(root);
  const declarator = children(root, "declarations")[0] as Node;
  const value = maybeChild(declarator, "init");
  return child(declarator, "id").type === "Identifier" && value !== undefined && isData(value, names);
}

function isData(value: Node, names: Names): boolean {
  switch (value.type) {
    case "ArrayExpression":
      return children(value, "elements").every((item) => isData(item, names));
    case "ObjectExpression":
      return children(value, "properties").every(
        (one) => one.type === "Property" && isData(child(one, "value"), names),
      );
    case "NewExpression":
      return /^(?:Map|Set)$/.test(nameOf(child(value, "callee"))) && areData(value, names);
    case "CallExpression":
      return isDataCall(value, names);
    case "BinaryExpression":
    case "TemplateLiteral":
      return true;
    default:
      return isLiteral(value) || isFunction(value) || value.type === "Literal";
  }
}

function areData(call: Node, names: Names): boolean {
  return children(call, "arguments").every((one) => isData(one, names));
}

/** What inc gives is data, and so is what an array gives that is. */
function isDataCall(call: Node, names: Names): boolean {
  const callee = child(call, "callee");
  const method = callee.type === "MemberExpression" ? propertyOf(callee) : undefined;
  if (method !== undefined && (method === "map" || DERIVING.has(method))) {
    const given = children(call, "arguments");
    const isKnown =
      method === "map" ? given.every((one) => givesData(one, names)) : method !== "concat" || areData(call, names);
    return isKnown && isData(child(callee, "object"), names);
  }
  const { root } = rootOf(callee);
  const isOfModule = root !== undefined && names.scopes.meanings.get(root)?.scope === "module";
  return isOfModule && own(names.imports, nameOf(root))?.request === "inc-run";
}

/** True for `(x) => x.name`, and for what gives data whatever it is called with. */
function givesData(of: Node, names: Names): boolean {
  if (of.type !== "ArrowFunctionExpression") return false;
  const body = child(of, "body");
  const { root } = rootOf(body);
  return root === undefined ? isData(body, names) : names.scopes.meanings.get(root)?.scope === "local";
}
