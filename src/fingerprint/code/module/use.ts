import { child, type Node } from "../syntax/node.ts";

/**
 * What an expression does with a value that it names:
 *
 * - read: looks at it; nothing keeps hold of it
 * - call: calls it
 * - receive: calls one of its methods, which may change it
 * - drain: takes its items, which an iterator has but once, and passes them on
 * - write: changes it, or gives the name another value
 * - escape: passes it on, so that others may change it
 */
export type Use = "read" | "call" | "receive" | "drain" | "write" | "escape";

const READERS = new Set([
  "BinaryExpression",
  "IfStatement",
  "WhileStatement",
  "DoWhileStatement",
  "ForStatement",
  "SwitchStatement",
  "SwitchCase",
  "ExpressionStatement",
  "ForInStatement",
]);

const PATTERNS = new Set(["ArrayPattern", "RestElement", "UpdateExpression"]);

/** @param parents From the root of the tree to the parent of the node. */
export function useOf(node: Node, parents: readonly Node[]): Use {
  let value = node;
  for (let i = parents.length - 1; i >= 0; i -= 1) {
    const parent = parents[i] as Node;
    const use = step(parent, value, value !== node, parents[i - 1]);
    if (use !== undefined) return use;
    value = parent;
  }
  return "escape";
}

/** Undefined: the value of the parent may be the value, so what is done with that decides. */
function step(parent: Node, value: Node, isPart: boolean, above: Node | undefined): Use | undefined {
  switch (parent.type) {
    case "MemberExpression":
      return parent["object"] === value ? undefined : "read";
    case "ChainExpression":
    case "AwaitExpression":
    case "SequenceExpression":
    case "LogicalExpression":
      return undefined;
    case "ConditionalExpression":
      return parent["test"] === value ? "read" : undefined;
    case "CallExpression":
    case "NewExpression":
    case "TaggedTemplateExpression":
      return child(parent, parent["tag"] === undefined ? "callee" : "tag") !== value
        ? "escape"
        : isPart
          ? "receive"
          : "call";
    case "TemplateLiteral":
      return above?.type === "TaggedTemplateExpression" ? "escape" : "read";
    case "SpreadElement":
      return above?.type === "ObjectExpression" ? "escape" : "drain";
    case "UnaryExpression":
      return parent["operator"] === "delete" ? "write" : "read";
    case "AssignmentExpression":
    case "AssignmentPattern":
    case "ForOfStatement":
      return parent["left"] === value ? "write" : "escape";
    case "Property":
      return above?.type === "ObjectPattern" && parent["value"] === value ? "write" : "escape";
    default:
      if (parent.type === "ForInStatement" && parent["left"] === value) return "write";
      return PATTERNS.has(parent.type) ? "write" : READERS.has(parent.type) ? "read" : "escape";
  }
}
