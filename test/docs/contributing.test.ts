import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./projects.ts";

const BIOME = join(ROOT, "node_modules/.bin/biome");

/** What the linter says of a file with such a text. */
function lint(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "inc-lint-"));
  try {
    writeFileSync(join(directory, "stray.ts"), text);
    const options = [`--config-path=${ROOT}`, "--vcs-enabled=false"];
    const { stdout, stderr } = spawnSync(BIOME, ["lint", ...options, directory], { cwd: directory, encoding: "utf8" });
    expect(stdout + stderr).toContain("Checked 1 file");
    return stdout + stderr;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test.each([
  'export type Stray = import("../run/run.ts").Run;',
  "export type Stray = import('../run/run.ts').Run<string>;",
  'export let stray: typeof import("../run/run.ts") | undefined;',
  'export type Stray = import(\n  "../run/run.ts"\n).Run;',
])("the linter refuses a type import that the checker of imports does not see: %s", (text) => {
  expect(lint(text)).toContain("a type from a file of ours");
});

test.each(['export let late: typeof import("lmdb") | undefined;', 'export const late = import("../run/run.ts");'])(
  "the linter lets pass what leads to no file, or what the checker of imports sees: %s",
  (text) => {
    expect(lint(text)).not.toContain("a type from a file of ours");
  },
);

test("the comments of scripts import types from report/page alone, which the checker of imports does not see", () => {
  const page = join(ROOT, "src/report/page");
  const scripts = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".js"),
  );
  const imported = scripts.flatMap((name) =>
    [
      ...readFileSync(join(ROOT, "src", name), "utf8").matchAll(
        /@import [^"']*["']([^"']+)|\{[^}\n]*import\(["']([^"']+)/g,
      ),
    ].map(([, file = "", other = file]) => join(ROOT, "src", name, "..", other)),
  );
  expect(imported.length).toBeGreaterThan(5);
  for (const path of imported) expect(path.startsWith(`${page}/`)).toBe(true);
});

test("what the debug commands of CONTRIBUTING.md write is nothing that git would see", () => {
  const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const written = [...text.matchAll(/(?:INC_DEBUG_FILE=|--profile )(\S+)/g)].map(([, path]) => path as string);
  expect(written).toHaveLength(2);
  const seen = written.filter(
    (path) => spawnSync("git", ["check-ignore", "-q", path], { cwd: join(ROOT, "fixtures/vega") }).status === 1,
  );
  expect(seen).toEqual([]);
});
