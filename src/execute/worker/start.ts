import { enableCompileCache } from "node:module";

/**
 * Starts `main.ts` with the compiled code that inc itself keeps: its directory is the argument. A program of its own, because what
 * a module imports is compiled before the module runs.
 */
const [, , compiled] = process.argv;
if (compiled !== undefined) enableCompileCache(compiled);
await import("./main.ts");
