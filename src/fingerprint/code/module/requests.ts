import { child, children, literalText, maybeChild, type Node, nameOf, propertyOf } from "../syntax/node.ts";
import type { Request } from "./module-code.ts";

/** Functions of a module that are like `require`, and where the walk is. */
export interface RequestPlace {
  /** Names of the module that stand for functions like `require`. */
  readonly requires: ReadonlySet<string>;
  readonly isInert: boolean;
}

/** The file or module that an expression names: `import(…)`, `require(…)`, `new URL(…, import.meta.url)`. */
export function requestOf(node: Node, { requires, isInert }: RequestPlace): Request | undefined {
  const found = requestIn(node, requires);
  return found && { ...found, isInert };
}

type Found = Omit<Request, "isInert">;

function requestIn(node: Node, requires: ReadonlySet<string>): Found | undefined {
  if (node.type === "ImportExpression") return request("import", child(node, "source"));
  if (node.type !== "CallExpression" && node.type !== "NewExpression") return undefined;
  const callee = child(node, "callee");
  const [first, second] = node["arguments"] as readonly Node[];
  if (first === undefined) return undefined;
  if (node.type === "NewExpression")
    return callee.type === "Identifier" && nameOf(callee) === "URL" && isModuleUrl(second)
      ? request("asset", first)
      : undefined;
  if (isResolve(callee)) return request("asset", first);
  return isRequire(callee, requires) ? request("require", first) : undefined;
}

/** Names that the declarations of a module give to what `createRequire` makes. */
export function requiresIn(declarations: readonly Node[]): ReadonlySet<string> {
  const made = declarations
    .flatMap((declaration) => children(declaration, "declarations"))
    .filter((declarator) => isMadeRequire(maybeChild(declarator, "init")))
    .map((declarator) => child(declarator, "id"));
  return new Set(made.filter(({ type }) => type === "Identifier").map(nameOf));
}

function request(kind: Request["kind"], text: Node): Found {
  return { kind, text: textOf(text), at: text.start };
}

/** The parts of a text, with undefined for those that are computed. */
function textOf(node: Node): (string | undefined)[] {
  const literal = literalText(node);
  if (literal !== undefined) return [literal];
  if (node.type === "BinaryExpression" && node["operator"] === "+")
    return joined([...textOf(child(node, "left")), ...textOf(child(node, "right"))]);
  if (node.type !== "TemplateLiteral") return [undefined];
  const expressions = node["expressions"] as readonly Node[];
  const parts = (node["quasis"] as readonly Node[]).flatMap((quasi, i) => {
    const expression = expressions[i];
    return [(quasi["value"] as { cooked: string }).cooked, ...(expression === undefined ? [] : textOf(expression))];
  });
  return joined(parts);
}

/** Texts beside each other as one. */
function joined(parts: readonly (string | undefined)[]): (string | undefined)[] {
  const all: (string | undefined)[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (part !== undefined && last !== undefined && all.length > 0) all[all.length - 1] = last + part;
    else if (part !== "") all.push(part);
  }
  return all;
}

function isModuleUrl(node: Node | undefined): boolean {
  return (
    node?.type === "MemberExpression" && child(node, "object").type === "MetaProperty" && propertyOf(node) === "url"
  );
}

/** `import.meta.resolve` */
function isResolve(callee: Node): boolean {
  return (
    callee.type === "MemberExpression" &&
    child(callee, "object").type === "MetaProperty" &&
    propertyOf(callee) === "resolve"
  );
}

/** `require(…)`, `require.resolve(…)`, `createRequire(…)(…)` */
function isRequire(callee: Node, requires: ReadonlySet<string>): boolean {
  if (callee.type === "Identifier") return nameOf(callee) === "require" || requires.has(nameOf(callee));
  if (callee.type === "MemberExpression")
    return propertyOf(callee) === "resolve" && isRequire(child(callee, "object"), requires);
  return isMadeRequire(callee);
}

/** `createRequire(…)`, `module.createRequire(…)` */
function isMadeRequire(node: Node | undefined): boolean {
  if (node?.type !== "CallExpression") return false;
  const made = child(node, "callee");
  return (
    (made.type === "Identifier" ? nameOf(made) : made.type === "MemberExpression" ? propertyOf(made) : "") ===
    "createRequire"
  );
}
