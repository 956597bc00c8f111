import { parserLibrary } from "./libraries.ts";
import type { Node } from "./node.ts";
import { plain } from "./plain.ts";

/** A module's source as a tree without types. */
export interface Syntax {
  readonly program: Node;
  /** True: CommonJS. */
  readonly isScript: boolean;
  /** True: it has syntax that a compiler gives a meaning, such as an enum. */
  readonly isCompiled: boolean;
  /** Offsets of what follows a comment that says that a call is pure, as bundlers understand it. */
  readonly pure: ReadonlySet<number>;
}

/** How a package.json, or an ending, says that a module is written; undefined: nothing says it. */
export type ModuleKind = "module" | "script" | undefined;

/** Undefined: it is no valid module. */
export function parse(path: string, text: string, kind: ModuleKind): Syntax | undefined {
  const lang = /\.[cm]?ts$/.test(path) ? "ts" : path.endsWith(".tsx") ? "tsx" : path.endsWith(".jsx") ? "jsx" : "js";
  const sourceType = kind === "module" ? "module" : kind === "script" ? "commonjs" : "unambiguous";
  const options = { lang, sourceType, preserveParens: false, range: true, astType: "ts" } as const;
  const parsed = parserLibrary().parseSync(path, text, options);
  if (parsed.errors.length > 0) return undefined;
  const program = parsed.program as unknown as Node;
  const isScript = kind === "script" || (kind === undefined && !parsed.module.hasModuleSyntax);
  const marks = parsed.comments.filter(({ value }) => /^\s*[@#]__PURE__\s*$/.test(value));
  const pure = new Set(marks.map(({ end }) => end + (/^\s*/.exec(text.slice(end))?.[0].length ?? 0)));
  return { program, isScript, ...plain(program), pure };
}
