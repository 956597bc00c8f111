import { childrenOf, fieldsOf, isNode, literalText, type Node, nameOf } from "./node.ts";

/** Fields that say how something was spelled. */
const SPELLING = new Set(["raw", "shorthand"]);

const MEMBERS = new Set(["Property", "MethodDefinition", "PropertyDefinition", "AccessorProperty"]);

/**
 * The one text of a tree: no positions, no comments, no types, no parentheses, and each literal by its value. Trees that run
 * differently have different texts.
 * @param untracked Offsets of the ends of calls whose arguments are left out.
 */
export function encode(node: Node, untracked: readonly number[] = []): string {
  for (const call of untracked.length === 0 ? [] : callsIn(node))
    if (untracked.includes(call.end)) call["arguments"] = [];
  return JSON.stringify(lean(node));
}

function callsIn(node: Node): Node[] {
  const below = [...childrenOf(node)].flatMap(callsIn);
  return node.type === "CallExpression" ? [node, ...below] : below;
}

function lean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lean);
  if (!isNode(value))
    return isRecord(value) ? Object.entries(value).map(([key, item]) => [key, lean(item)]) : primitive(value);
  if (value.type === "Literal") return literal(value);
  // The module that it names counts by its content, wherever it lies.
  if (value.type === "ImportExpression" && literalText(value["source"] as Node) !== undefined) return ["import"];
  const texts: unknown[] = [value.type];
  for (const field of fieldsOf(value)) {
    if (SPELLING.has(field)) continue;
    texts.push(field, field === "key" ? key(value, value[field] as Node) : lean(value[field]));
  }
  if (isSpecialShorthand(value)) texts.push("shorthand");
  return texts;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** JSON knows neither infinity nor a negative zero. */
function primitive(value: unknown): unknown {
  return typeof value === "number" ? `#${Object.is(value, -0) ? "-0" : String(value)}` : value;
}

function literal(node: Node): unknown {
  if (isRecord(node["regex"])) return ["RegExp", node["regex"]["pattern"], node["regex"]["flags"]];
  if (typeof node["bigint"] === "string") return ["BigInt", node["bigint"]];
  return ["Literal", primitive(node["value"])];
}

/** `{ "a": 1 }`, `{ a: 1 }` and `{ 'a': 1 }` have one key. */
function key(member: Node, node: Node): unknown {
  if (!MEMBERS.has(member.type) || member["computed"] === true) return lean(node);
  if (node.type === "PrivateIdentifier") return ["Private", node["name"]];
  return node.type === "Identifier" || node.type === "Literal" ? nameOf(node) : lean(node);
}

/** `{ __proto__: x }` sets the prototype, `{ __proto__ }` a property. */
function isSpecialShorthand(node: Node): boolean {
  return node.type === "Property" && node["shorthand"] === true && nameOf(node["key"] as Node) === "__proto__";
}
