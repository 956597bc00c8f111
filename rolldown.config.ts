import { defineConfig, type Plugin, type RolldownOptions } from "rolldown";

/**
 * Takes Node's own modules as they are, instead of through an import. An import reads every export of a module, also
 * those that Node loads lazily: `node:fs` would load its promises, and with them streams, readline and worker threads.
 */
const plainBuiltins: Plugin = {
  name: "plain-builtins",
  renderChunk: (code) =>
    code.replaceAll(/^import (.+) from "(node:[^"]+)";$/gm, (_, names: string, from: string) => {
      const target = names.replace(/^\* as /, "").replaceAll(" as ", ": ");
      return `const ${target} = process.getBuiltinModule("${from}");`;
    }),
};

const common: RolldownOptions = {
  logLevel: "warn",
  platform: "node",
  external: /^[^./]/,
  plugins: [plainBuiltins],
};

/** A program that inc starts as a process or thread of its own, in one file: it loads nothing that it does not need. */
const program = (name: string): RolldownOptions => ({
  ...common,
  input: { [name]: `src/${name}.ts` },
  output: { dir: "dist", codeSplitting: false },
});

/**
 * The chunks of the commands. Each file costs half a millisecond at start, so what is always loaded together is one
 * file: all that a run with nothing to do needs, what a manifest imports, and the rest of a run.
 */
export default defineConfig([
  {
    ...common,
    input: {
      "commands/main": "src/commands/main.ts",
      "commands/table": "src/commands/table.ts",
      index: "src/index.ts",
    },
    output: {
      dir: "dist",
      chunkFileNames: "chunks/[name]-[hash].js",
      codeSplitting: {
        groups: [
          { name: "quick", test: /src\/commands\/main\.ts$/, priority: 3 },
          { name: "manifest", test: /src\/index\.ts$/, priority: 2 },
          { name: "run", test: /src\/commands\/run\.ts$/, priority: 1 },
        ],
      },
    },
  },
  program("store/probe"),
  program("execute/forker"),
  program("host/pass-thread"),
]);
