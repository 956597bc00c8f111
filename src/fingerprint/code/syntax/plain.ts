import { fieldsOf, isNode, type Node, nameOf } from "./node.ts";

/** Syntax that Node does not merely remove: a module with it means more than its plain tree says. */
const COMPILED = new Set([
  "TSEnumDeclaration",
  "TSModuleDeclaration",
  "TSParameterProperty",
  "TSImportEqualsDeclaration",
  "TSExportAssignment",
]);

/** An expression inside something that only types it or only groups it. */
const WRAPPERS = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
  "ParenthesizedExpression",
]);

const DROPPED = new Set([
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
  "TSDeclareFunction",
  "TSAbstractMethodDefinition",
  "TSAbstractPropertyDefinition",
  "TSAbstractAccessorProperty",
  "TSIndexSignature",
  "TSNamespaceExportDeclaration",
]);

/** Removes from a tree, in place, what says nothing about how the program runs: types, and statements that are empty. */
export function plain(root: Node): { readonly isCompiled: boolean } {
  const found = { isCompiled: false };
  strip(root, found);
  return found;
}

function strip(node: Node, found: { isCompiled: boolean }): void {
  if (COMPILED.has(node.type)) found.isCompiled = true;
  for (const field of fieldsOf(node)) {
    const value = node[field];
    if (Array.isArray(value)) node[field] = stripAll(value, found);
    else if (isNode(value)) {
      node[field] = unwrap(value);
      strip(node[field] as Node, found);
    }
  }
}

function stripAll(items: readonly unknown[], found: { isCompiled: boolean }): unknown[] {
  return items.flatMap((item, i) => {
    // A hole in an array pattern or literal is null, and counts.
    if (!isNode(item)) return [item];
    if (isOnlyTypes(item) || (i === 0 && isThisParameter(item))) return [];
    const inner = unwrap(item);
    strip(inner, found);
    return [inner];
  });
}

function unwrap(node: Node): Node {
  let inner = node;
  while (WRAPPERS.has(inner.type)) inner = inner["expression"] as Node;
  return inner;
}

function isOnlyTypes(node: Node): boolean {
  if (DROPPED.has(node.type) || node.type === "EmptyStatement") return true;
  if (node["declare"] === true || node["importKind"] === "type" || node["exportKind"] === "type") return true;
  const { value, declaration } = node;
  if (node.type === "MethodDefinition") return isNode(value) && value.type === "TSEmptyBodyFunctionExpression";
  return isNode(declaration) && node.type.startsWith("Export") && isOnlyTypes(declaration);
}

/** `this` as a first parameter only has a type. */
function isThisParameter(node: Node): boolean {
  return node.type === "Identifier" && nameOf(node) === "this";
}
