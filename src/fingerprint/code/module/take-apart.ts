import type { Hasher } from "../../../host/files/host.ts";
import { dictionary } from "../../../model/own.ts";
import { encode } from "../syntax/encode.ts";
import { child, children, isNode, literalText, maybeChild, type Node, nameOf } from "../syntax/node.ts";
import type { Syntax } from "../syntax/parse.ts";
import { scopesOf } from "../syntax/scopes.ts";
import type { ImportedName, ModuleCode, Piece, Source } from "./module-code.ts";
import type { Names } from "./names.ts";
import { requiresIn } from "./requests.ts";
import { declaresData, isFree, isPrimitive } from "./values.ts";
import { usesOf } from "./walk.ts";

/** The local name of a default export that has none. */
export const DEFAULT = "*default*";

/** Takes a module apart. */
export function takeApart(syntax: Syntax, text: string, hasher: Pick<Hasher, "digest">): ModuleCode {
  const parts = new Parts(syntax, hasher);
  for (const statement of children(syntax.program, "body")) parts.add(statement);
  const { pieces, imports, exports, stars, requests } = parts;
  const { isScript, isCompiled } = syntax;
  const isWhole = isScript || isCompiled || pieces.some(({ uses }) => uses.runsText);
  return { pieces, imports, exports, stars, requests, isScript, isWhole, lines: lineStarts(text) };
}

/** One function of a module, as a piece of its own. */
export function takeFunction(syntax: Syntax, node: Node, hasher: Pick<Hasher, "digest">): Piece {
  return new Parts(syntax, hasher).piece(node, []);
}

class Parts {
  readonly pieces: Piece[] = [];
  readonly imports = dictionary<ImportedName>();
  readonly exports = dictionary<Source>();
  readonly stars: string[] = [];
  readonly requests: { text: string; isBare: boolean }[] = [];
  readonly #names: Names;
  readonly #hasher: Pick<Hasher, "digest">;
  /** Offset and name of each declaration, by offset. */
  readonly #declared: readonly (readonly [number, string])[];

  constructor(syntax: Syntax, hasher: Pick<Hasher, "digest">) {
    const scopes = scopesOf(syntax);
    const statements = children(syntax.program, "body");
    const declarations = statements.flatMap((one) => maybeChild(one, "declaration") ?? one);
    const requires = requiresIn(declarations.filter(({ type }) => type === "VariableDeclaration"));
    this.#names = { scopes, imports: this.imports, requires, pure: syntax.pure, isScript: syntax.isScript };
    this.#hasher = hasher;
    this.#declared = [...scopes.declarations]
      .flatMap(([name, offsets]) => offsets.map((offset) => [offset, name] as const))
      .sort(([a], [b]) => a - b);
    for (const statement of statements) if (statement.type === "ImportDeclaration") this.#import(statement);
  }

  add(statement: Node): void {
    const from = literalText(maybeChild(statement, "source"));
    if (from !== undefined) this.#request(statement, from);
    if (statement.type === "ImportDeclaration") return;
    if (statement.type === "ExportAllDeclaration") this.#exportAll(statement, from as string);
    else if (statement.type === "ExportNamedDeclaration") this.#exportNamed(statement, from);
    else if (statement.type === "ExportDefaultDeclaration") this.#exportDefault(child(statement, "declaration"));
    else this.#declare(statement);
  }

  piece(root: Node, names: readonly string[]): Piece {
    const uses = usesOf(root, this.#names);
    const digest = this.#hasher.digest(encode(root, uses.untracked));
    return {
      names,
      start: root.start,
      end: root.end,
      digest,
      uses,
      isFree: isFree(root) && !uses.now.acts,
      isPrimitive: isPrimitive(root),
      isData: declaresData(root, this.#names),
    };
  }

  #request(statement: Node, text: string): void {
    const isBare = statement.type === "ImportDeclaration" && children(statement, "specifiers").length === 0;
    this.requests.push({ text, isBare });
  }

  #import(statement: Node): void {
    const request = literalText(child(statement, "source")) as string;
    for (const specifier of children(statement, "specifiers")) {
      const imported = maybeChild(specifier, "imported");
      const isAll = specifier.type === "ImportNamespaceSpecifier";
      const name = isAll ? "*" : imported === undefined ? "default" : nameOf(imported);
      this.imports[nameOf(child(specifier, "local"))] = { request, name };
    }
  }

  #exportAll(statement: Node, request: string): void {
    const exported = maybeChild(statement, "exported");
    if (exported === undefined) this.stars.push(request);
    else this.exports[nameOf(exported)] = { request, name: "*" };
  }

  #exportNamed(statement: Node, request: string | undefined): void {
    const declaration = maybeChild(statement, "declaration");
    if (declaration !== undefined) for (const name of this.#declare(declaration)) this.exports[name] = { local: name };
    for (const specifier of children(statement, "specifiers")) {
      const local = nameOf(child(specifier, "local"));
      this.exports[nameOf(child(specifier, "exported"))] = request === undefined ? { local } : { request, name: local };
    }
  }

  #exportDefault(declaration: Node): void {
    const id = maybeChild(declaration, "id");
    const isNamed = id !== undefined && /Declaration$/.test(declaration.type);
    const local = isNamed ? nameOf(id) : DEFAULT;
    this.exports["default"] = { local };
    this.pieces.push(this.piece(declaration, [local]));
  }

  /** Adds the pieces of a statement. Returns the names that it declares. */
  #declare(statement: Node): readonly string[] {
    const roots =
      statement.type === "VariableDeclaration"
        ? children(statement, "declarations").map((one) => ({
            ...statement,
            declarations: [one],
            start: one.start,
            end: one.end,
          }))
        : [statement];
    return roots.flatMap((root) => {
      const names = this.#namesIn(root);
      this.pieces.push(this.piece(root, names));
      return names;
    });
  }

  #namesIn({ type, start, end, id }: Node): readonly string[] {
    const names = this.#declared.filter(([offset]) => offset >= start && offset < end).map(([, name]) => name);
    // Enumerations and namespaces are no names of JavaScript.
    if (type.startsWith("TS") && isNode(id)) names.push(nameOf(id));
    return [...new Set(names)];
  }
}

/** As V8 counts lines. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) starts.push(match.index + match[0].length);
  return starts;
}
