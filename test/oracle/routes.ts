import type { CodeState, Mark } from "./modules.ts";

/** How the code of a function gets at the helpers. */
export type Route =
  | "direct"
  | "renamed"
  | "namespace"
  | "chosen"
  | "class"
  | "entry"
  | "json"
  | "effect"
  | "inline"
  | "dynamic"
  | "captured"
  | "untracked";

export const ROUTES: readonly Route[] = [
  "direct",
  "renamed",
  "namespace",
  "chosen",
  "class",
  "entry",
  "json",
  "effect",
  "inline",
  "dynamic",
  "captured",
  "untracked",
];

/** The marks that a route puts in front of a text, the first one first. */
export function marksOf(route: Route, { chosen }: CodeState): readonly Mark[] {
  switch (route) {
    case "direct":
    case "namespace":
      return ["a"];
    case "renamed":
      return ["b", "a"];
    case "chosen":
      return chosen === "a" ? ["a"] : ["b", "a"];
    case "class":
      return ["base"];
    case "entry":
      return ["x"];
    case "json":
    case "effect":
    case "inline":
      return [route];
    case "dynamic":
      return ["d"];
    case "captured":
      return ["own"];
    case "untracked":
      return [];
  }
}

/** What a route puts in front of a text. */
export function marked(route: Route, code: CodeState, text: string): string {
  return [...marksOf(route, code).map((mark) => `${code.marks[mark]}\n`), text].join("");
}

/** What the code of a route counts by. */
export function codeKey(route: Route, code: CodeState): unknown {
  const marks = marksOf(route, code).map((mark) => [mark, code.marks[mark]]);
  // All that import() gives counts, neighbours included.
  if (route === "dynamic") return [...marks, code.noise.d.neighbour];
  // An object counts as one.
  return route === "entry" ? [...marks, code.marks.y] : marks;
}

/** The expression in a manifest: of the text in the variable `text`, with the marks in front. */
export function callOf(route: Exclude<Route, "captured">, { moved }: CodeState): string {
  switch (route) {
    case "direct":
      return "a(text)";
    case "renamed":
      return "again(text)";
    case "namespace":
      return "all.a(text)";
    case "chosen":
      return "chosen(text)";
    case "class":
      return "new C().wrap(text)";
    case "entry":
      return `ops["x"](text)`;
    case "json":
      return "`${data.mark}\\n${text}`";
    case "effect":
      return "`${table.mark}\\n${text}`";
    case "inline":
      return "`${inline}\\n${text}`";
    case "dynamic":
      return `(await import("./lib/${moved.d ? "deep/" : ""}d.ts")).d(text)`;
    case "untracked":
      return "(quiet(text), text)";
  }
}
