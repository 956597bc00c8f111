// A TypeScript program: bundled, type-checked, tested. First: npm install
//
// inc run          all three, at once where there are cores
// inc run bundle   one of them
//
// Edit src/slug.test.ts: types and tests run again, the bundle does not.
import { file, files, out, sh, task, tool } from "inc-run";

const node = tool("node");
const esbuild = tool("esbuild");
const tsc = tool("tsc");

const program = files("src/**/*.ts", { exclude: "**/*.test.ts" });
const tests = files("src/**/*.test.ts");

export const bundle = task(
  sh`${esbuild} ${file("src/main.ts")} --bundle --platform=node --format=esm --log-level=warning --outfile=${out("build/main.mjs")}`,
  { inputs: [program] },
);

/** No outputs: that they succeeded is their result. */
export const types = task(sh`${tsc} -p ${file("tsconfig.json")}`, { inputs: [program, tests, file("package.json")] });

export const test = task(sh`${node} --test ${tests}`, { inputs: [program] });
