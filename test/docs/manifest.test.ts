import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blocksBelow } from "./tutorial.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("the examples of docs/manifest.md are one manifest", () => {
  const directory = mkdtempSync(join(tmpdir(), "inc-manifest-"));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  const node = (...args: readonly string[]) =>
    spawnSync(process.execPath, args, { cwd: directory, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });

  beforeAll(() => {
    const blocks = blocksBelow(readFileSync(join(ROOT, "docs/manifest.md"), "utf8"), "# The manifest");
    write("pipeline.ts", blocks.map(({ text }) => text).join("\n"));
    for (const path of ["data/terms.txt", "data/eu.csv", "data/us.csv", "src/a.c", "src/a.ts", "packages/a/a.js"])
      write(path, "");
    write("package-lock.json", "{}");
    write("params.yaml", "shards: 2\n");
    write("package.json", '{ "type": "module" }');
    write(
      "tsconfig.json",
      JSON.stringify({
        extends: join(ROOT, "tsconfig.json"),
        compilerOptions: {
          paths: { "inc-run": [join(ROOT, "src/index.ts")] },
          typeRoots: [join(ROOT, "node_modules/@types")],
        },
        include: ["pipeline.ts"],
      }),
    );
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("it passes the type check", () => {
    expect(node(join(ROOT, "node_modules/.bin/tsc"), "-p", ".").stdout).toBe("");
  });

  test("its graph can be built", () => {
    const { stdout, stderr } = node(join(ROOT, "bin/inc.js"), "list", "--param", "release=true");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^clean +2 units$/m);
    expect(stdout).toMatch(/^deploy +Puts the bundle online$/m);
  });
});
