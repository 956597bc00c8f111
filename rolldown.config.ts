import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
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

/** Adds the licences of the packages that a bundle contains: they have to go with every copy. */
const licences: Plugin = {
  name: "licences",
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
    const packages = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
    const texts = [...new Set(packages)].sort().flatMap((at) => {
      const file = readdirSync(at).find((name) => /^licen[cs]e/i.test(name));
      return file === undefined
        ? []
        : [`${at.slice(at.lastIndexOf("node_modules/") + 13)}\n\n${readFileSync(join(at, file), "utf8")}`];
    });
    this.emitFile({ type: "asset", fileName: "action/licenses.txt", source: texts.join("\n\n----\n\n") });
  },
};

/** The programs in Python that inc starts, as they are. */
const python: Plugin = {
  name: "python",
  generateBundle() {
    for (const directory of ["execute/ray/driver", "execute/python/inctask", "fingerprint/python/slicer"])
      for (const name of readdirSync(join("src", directory)).filter((each) => each.endsWith(".py")))
        this.emitFile({
          type: "asset",
          fileName: `${directory}/${name}`,
          source: readFileSync(join("src", directory, name)),
        });
  },
};

/**
 * The action for GitHub, with the packages that it needs: users of inc should not have to install the client of Azure's storage. Native
 * packages are dependencies of inc anyway.
 */
const action: RolldownOptions = {
  ...common,
  input: { "action/restore": "src/action/restore.ts", "action/save": "src/action/save.ts" },
  external: [/^node:/, ...builtinModules, "@napi-rs/blake-hash", "blake3-wasm", "lmdb"],
  plugins: [licences],
  output: { dir: "dist", chunkFileNames: "action/[name]-[hash].js", minify: true },
};

/**
 * The chunks of the commands. Each file costs half a millisecond at start, so what is always loaded together is one
 * file: all that a run with nothing to do needs, what a manifest imports, what the process of a function needs beside that, the rest of a run,
 * and a shared cache behind HTTP.
 */
export default defineConfig([
  {
    ...common,
    plugins: [plainBuiltins, python],
    input: {
      "commands/main": "src/commands/main.ts",
      "commands/table": "src/commands/table.ts",
      "execute/worker/main": "src/execute/worker/main.ts",
      "execute/worker/start": "src/execute/worker/start.ts",
      index: "src/index.ts",
    },
    output: {
      dir: "dist",
      chunkFileNames: "chunks/[name]-[hash].js",
      codeSplitting: {
        groups: [
          { name: "quick", test: /src\/commands\/main\.ts$/, priority: 4 },
          { name: "manifest", test: /src\/index\.ts$/, priority: 3 },
          { name: "function", test: /src\/(execute\/worker\/child\/|content\/chunker)/, priority: 2 },
          { name: "run", test: /src\/commands\/run\.ts$/, priority: 1 },
          { name: "remote", test: /src\/store\/remote\/open-remote\.ts$/, priority: 0 },
        ],
      },
    },
  },
  program("store/probe"),
  program("execute/forker"),
  program("host/pass-thread"),
  action,
]);
