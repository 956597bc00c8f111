import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { HAS_CC, Project, PYTHON, ROOT, usePython } from "./projects.ts";

/** A copy of a fixture with its own outputs and store, beside the data that npm installed. */
function copyOf(name: string): Project {
  const project = new Project();
  cpSync(join(ROOT, "fixtures", name), join(project.root, "fixtures", name), {
    recursive: true,
    filter: (path) => !path.endsWith("/build"),
  });
  writeFileSync(join(project.root, "package.json"), "{}");
  symlinkSync(join(ROOT, "node_modules"), join(project.root, "node_modules"));
  return project;
}

const textOf = (project: Project, path: string): string => readFileSync(join(project.root, "fixtures", path), "utf8");

describe("fixtures on public data sets", () => {
  test("vega: tables are cleaned, profiled and reported", () => {
    using project = copyOf("vega");
    expect(project.run("fixtures/vega/")).toBe("ran 18, restored 0, fresh 0, failed 0");
    expect(textOf(project, "vega/build/report.md")).toContain("| birdstrikes | 9976 | 14 | 4 | 2830 |");
    expect(project.run("fixtures/vega/")).toBe("ran 0, restored 0, fresh 18, failed 0");
    expect(project.run("fixtures/vega/", "--param", "title=Again")).toBe("ran 1, restored 0, fresh 17, failed 0");
    rmSync(join(project.root, "fixtures/vega/build"), { recursive: true });
    expect(project.run("fixtures/vega/")).toBe("ran 0, restored 18, fresh 0, failed 0");
  });

  test("sotu: the words of every address, then a table", () => {
    using project = copyOf("sotu");
    expect(project.run("fixtures/sotu/")).toBe("ran 235, restored 0, fresh 0, failed 0");
    expect(textOf(project, "sotu/build/longest.tsv").split("\n")[0]).toBe("1981\tjimmy carter\t33548");
    writeFileSync(join(project.root, "fixtures/sotu/terms.txt"), "peace\n");
    // The lengths do not depend on the terms, but are computed from a table that does.
    expect(project.run("fixtures/sotu/")).toBe("ran 2, restored 0, fresh 233, failed 0");
  });

  test.skipIf(PYTHON === undefined)("strikes: Python functions clean the records in pieces, and count", () => {
    using project = copyOf("strikes");
    usePython(project);
    const { ran } =
      /ran (?<ran>\d+), restored 0, fresh 0, failed 0/.exec(project.run("fixtures/strikes/"))?.groups ?? {};
    expect(Number(ran)).toBeGreaterThan(10);
    expect(textOf(project, "strikes/build/report.md")).toContain("| Texas |");
    expect(project.run("fixtures/strikes/")).toBe(`ran 0, restored 0, fresh ${ran}, failed 0`);
    expect(project.run("fixtures/strikes/", "--param", "most=3")).toBe(
      `ran 1, restored 0, fresh ${Number(ran) - 1}, failed 0`,
    );
    const path = join(project.root, "fixtures/strikes/strikes/cleaning.py");
    // A function that no task reaches.
    writeFileSync(path, readFileSync(path, "utf8").replace('"complete"', '"all there"'));
    expect(project.run("fixtures/strikes/")).toBe(`ran 0, restored 1, fresh ${Number(ran) - 1}, failed 0`);
  });

  test("speeches: functions profile every address, then draw up a table", () => {
    using project = copyOf("speeches");
    expect(project.run("fixtures/speeches/")).toBe("ran 234, restored 0, fresh 0, failed 0");
    expect(textOf(project, "speeches/build/table.md")).toContain("| 1940s | 10 | 22 | 6.74 |");
    const words = join(project.root, "fixtures/speeches/lib/words.ts");
    const table = join(project.root, "fixtures/speeches/lib/table.ts");
    // A comment and a type are no code.
    writeFileSync(
      words,
      readFileSync(words, "utf8").replace("): readonly string[]", "): string[]").concat("// End.\n"),
    );
    expect(project.run("fixtures/speeches/")).toBe("ran 0, restored 0, fresh 234, failed 0");
    writeFileSync(table, readFileSync(table, "utf8").replace('"speeches"', '"addresses"'));
    expect(project.run("fixtures/speeches/")).toBe("ran 1, restored 0, fresh 233, failed 0");
  });

  test.runIf(HAS_CC)("c: LMDB is compiled and tested", () => {
    using project = copyOf("c");
    expect(project.run("fixtures/c/")).toBe("ran 11, restored 0, fresh 0, failed 0");
    expect(textOf(project, "c/build/stat.txt")).toContain("Entries: 6");
    expect(textOf(project, "c/build/dump.txt")).toContain(" George Washington\n");
    expect(project.run("fixtures/c/")).toBe("ran 0, restored 0, fresh 11, failed 0");
  });
});
