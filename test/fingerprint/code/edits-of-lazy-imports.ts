import { type Case, cases } from "./edit.ts";

const THROWS = { "maybe.ts": "if (@ > 1) throw new Error('x'); export const x = 1;" };
/** Edits of modules that are imported while others run: whether that goes well is seen. The task has to run again. */
export const LAZY: readonly Case[] = cases([
  [
    "a module that throws, in a try",
    "return r;",
    THROWS,
    "let r = 0; try { await import('./maybe.ts'); } catch { r = 1; }",
  ],
  [
    "a module that throws, by then",
    "return r;",
    THROWS,
    "export const r = await import('./maybe.ts').then(() => 1, () => 2);",
  ],
  [
    "a module that throws, by catch",
    "return r;",
    THROWS,
    "let r = 0; await import('./maybe.ts').catch(() => { r = 1; });",
  ],
  [
    "a module that throws, in the function",
    "try { await import('./maybe.ts'); return 1; } catch { return 0; }",
    THROWS,
    "",
  ],
  [
    "a module that imports one that throws",
    "return r;",
    { ...THROWS, "via.ts": "import './maybe.ts';" },
    "let r = 0; try { await import('./via.ts'); } catch { r = 1; }",
  ],
  [
    "a module that throws, in a helper",
    "return r;",
    {
      ...THROWS,
      "lib.ts": "export const has = async () => { try { await import('./maybe.ts'); return 1; } catch { return 0; } };",
    },
    "import { has } from './lib.ts'; const r = await has();",
  ],
  [
    "a module with an error of syntax",
    "return r;",
    { "maybe.ts": "export const x = 1; @(;" },
    "let r = 0; try { await import('./maybe.ts'); } catch { r = 1; }",
  ],
  [
    "a script that throws",
    "return r;",
    { "maybe.cjs": "if (@ > 1) throw new Error('x');" },
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); let r = 0; try { require('./maybe.cjs'); } catch { r = 1; }",
  ],
  [
    "a static block that throws",
    "return r;",
    { "maybe.ts": "class C { static { if (@ > 1) throw new Error('x'); } } export const x = 1;" },
    "let r = 0; try { await import('./maybe.ts'); } catch { r = 1; }",
  ],
  [
    "a static field that throws",
    "return r;",
    { "maybe.ts": "class C { static x = JSON.parse('{'.repeat(@ - 1)); } export const x = 1;" },
    "let r = 0; try { await import('./maybe.ts'); } catch { r = 1; }",
  ],
  [
    "a declaration that throws",
    "return r;",
    { "maybe.ts": "const a = JSON.parse('[' + ']'.repeat(@)); export const x = 1;" },
    "let r = 0; try { await import('./maybe.ts'); } catch { r = 1; }",
  ],
  [
    "a helper that throws",
    "return r;",
    {
      "check.ts": "export function check() { if (@ > 1) throw new Error('x'); }",
      "maybe.ts": "import { check } from './check.ts'; check(); export const x = 1;",
    },
    "let r = 0; try { await import('./maybe.ts'); } catch { r = 1; }",
  ],
]);
