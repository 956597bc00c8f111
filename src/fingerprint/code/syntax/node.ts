/** A node of the syntax tree, as ESTree describes it. */
export interface Node {
  type: string;
  /** Offsets in UTF-16 code units. */
  start: number;
  end: number;
  [field: string]: unknown;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

/** Fields that say where something was written, and those that only give it a type. */
const NO_CODE = new Set([
  "type",
  "start",
  "end",
  "range",
  "typeAnnotation",
  "typeParameters",
  "typeArguments",
  "returnType",
  "superTypeArguments",
  "implements",
  "accessibility",
  "definite",
  "readonly",
  "override",
  "abstract",
  "declare",
]);

/** The fields of a node that say how the program runs. */
export function fieldsOf(node: Node): string[] {
  // In a member or a call, "optional" is `?.`; everywhere else it is the `?` of a type.
  const isChain = node.type === "MemberExpression" || node.type === "CallExpression";
  return Object.keys(node).filter((field) => !NO_CODE.has(field) && (field !== "optional" || isChain));
}

/** The nodes directly below one, in the order of its fields. */
export function childrenOf(node: Node): Node[] {
  const found: Node[] = [];
  for (const field of Object.keys(node)) {
    if (NO_CODE.has(field)) continue;
    const value = node[field];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) found.push(item);
    } else if (isNode(value)) found.push(value);
  }
  return found;
}

/** A child that the grammar says is there. */
export function child(node: Node, field: string): Node {
  return node[field] as Node;
}

export function maybeChild(node: Node, field: string): Node | undefined {
  return isNode(node[field]) ? node[field] : undefined;
}

export function children(node: Node, field: string): readonly Node[] {
  return (node[field] as readonly unknown[]).filter(isNode);
}

/** The name of an identifier, or the text of a string: both can name an export. */
export function nameOf(node: Node): string {
  return String(node["type"] === "Literal" ? node["value"] : node["name"]);
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

export function isFunction(node: Node): boolean {
  return FUNCTIONS.has(node.type);
}

export function isClass(node: Node): boolean {
  return node.type === "ClassDeclaration" || node.type === "ClassExpression";
}

/** The text of a string literal, or of a template without expressions. */
export function literalText(node: Node | undefined): string | undefined {
  if (node?.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node?.type !== "TemplateLiteral" || children(node, "expressions").length > 0) return undefined;
  return (children(node, "quasis")[0]?.["value"] as { cooked: string } | undefined)?.cooked;
}

/** The property that a member expression names, when it names one in the source. */
export function propertyOf(member: Node): string | undefined {
  const property = child(member, "property");
  return member["computed"] === true
    ? literalText(property)
    : property.type === "Identifier"
      ? nameOf(property)
      : undefined;
}
