import { type Case, cases } from "./edit.ts";

const imports = 'import { helper } from "./lib.ts";';

/** Edits of statements that look as if they changed what the function uses, and do not. The task must not run again. */
export const OTHERS: readonly Case[] = cases([
  [
    "a spread of an array that the function uses",
    "return helper(2);",
    {
      "lib.ts":
        "const names = ['a', 'b'].map((x) => x); export const helper = (x: number) => names[x]; export const other = [...names, @];",
    },
    imports,
  ],
  [
    "a module that waits, where nothing depends on the order",
    "return helper(2);",
    { "lib.ts": "export const helper = (x: number) => x; export const other = await Promise.resolve(@);" },
    imports,
  ],
  [
    "a text with the name of a class",
    "return helper(2);",
    {
      "lib.ts": "export const helper = (x: number) => x; const f = (x: any) => String(x.constructor.name); f(@);",
    },
    imports,
  ],
]);
