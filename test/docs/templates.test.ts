import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { HAS_CC, Project, PYTHON, ROOT, usePython } from "./projects.ts";

/** A project as `inc init` makes it. */
function begun(template: string): Project {
  const project = new Project();
  project.inc("init", template);
  return project;
}

const textOf = (project: Project, path: string): string => readFileSync(join(project.root, path), "utf8");

function edit(project: Project, path: string, change: (text: string) => string): void {
  writeFileSync(join(project.root, path), change(textOf(project, path)));
}

describe("templates of inc init", () => {
  test("there are five templates, each with a .gitignore", () => {
    const names = readdirSync(join(ROOT, "templates")).sort();
    expect(names).toEqual(["c", "data", "minimal", "python", "typescript"]);
    for (const name of names) {
      using project = begun(name);
      expect(textOf(project, ".gitignore")).toContain(".inc/\nbuild/\n");
      expect(existsSync(join(project.root, "gitignore"))).toBe(false);
    }
  });

  test("minimal: undoing an edit restores the result", () => {
    using project = begun("minimal");
    expect(project.run()).toBe("ran 2, restored 0, fresh 0, failed 0");
    expect(textOf(project, "build/top.txt").split("\n")[0]).toMatch(/^ *3 a$/);
    expect(project.run()).toBe("ran 0, restored 0, fresh 2, failed 0");
    edit(project, "poem.txt", (text) => text.replace("golden", "yellow"));
    expect(project.run()).toBe("ran 2, restored 0, fresh 0, failed 0");
    edit(project, "poem.txt", (text) => text.replace("yellow", "golden"));
    expect(project.run()).toBe("ran 0, restored 1, fresh 1, failed 0");
  });

  test("data: tables are added and removed", () => {
    using project = begun("data");
    expect(project.run()).toBe("ran 3, restored 0, fresh 0, failed 0");
    expect(textOf(project, "build/report.md")).toContain("| coffee | 291.40 |");
    expect(project.run("--param", "currency=USD")).toBe("ran 1, restored 0, fresh 2, failed 0");
    expect(project.run()).toBe("ran 0, restored 1, fresh 2, failed 0");
    cpSync(join(project.root, "data/south.csv"), join(project.root, "data/west.csv"));
    expect(project.run()).toBe("ran 2, restored 0, fresh 2, failed 0");
    rmSync(join(project.root, "data/west.csv"));
    expect(project.run()).toBe("ran 0, restored 1, fresh 2, failed 0");
    expect(existsSync(join(project.root, "build/clean/west.csv"))).toBe(false);
  });

  test.skipIf(PYTHON === undefined)("python: an edit of a function runs what reaches it, a comment nothing", () => {
    using project = begun("python");
    usePython(project);
    expect(project.run()).toBe("ran 4, restored 0, fresh 0, failed 0");
    expect(textOf(project, "build/report.md")).toContain("| coffee | 291.40 |");
    expect(project.run("--param", "currency=USD")).toBe("ran 1, restored 0, fresh 3, failed 0");
    expect(project.run()).toBe("ran 0, restored 1, fresh 3, failed 0");
    edit(project, "etl.py", (text) =>
      text.replace("    complete =", "    # All that have something in each cell.\n    complete ="),
    );
    expect(project.run()).toBe("ran 0, restored 0, fresh 4, failed 0");
    edit(project, "etl.py", (text) => text.replace("round(amount, 2)", "round(amount)"));
    expect(project.run()).toBe("ran 2, restored 0, fresh 2, failed 0");
  });

  test.runIf(HAS_CC)("c: a comment in a header recompiles, but does not link again", () => {
    using project = begun("c");
    expect(project.run()).toBe("ran 4, restored 0, fresh 0, failed 0");
    edit(project, "src/table.h", (text) => text.replace("size_t used;", "size_t used; /* of the entries */"));
    expect(project.run()).toBe("ran 2, restored 0, fresh 2, failed 0");
    edit(project, "src/table.h", (text) => text.replace("TABLE_SIZE 1024", "TABLE_SIZE 2048"));
    expect(project.run()).toBe("ran 4, restored 0, fresh 0, failed 0");
  });

  test("typescript: an edit of a test does not bundle again", () => {
    using project = begun("typescript");
    symlinkSync(join(ROOT, "node_modules"), join(project.root, "node_modules"));
    expect(project.run()).toBe("ran 3, restored 0, fresh 0, failed 0");
    expect(textOf(project, "build/main.mjs")).toContain("NFD");
    edit(project, "src/slug.test.ts", (text) => `${text}// The end.\n`);
    expect(project.run()).toBe("ran 2, restored 0, fresh 1, failed 0");
    expect(project.run()).toBe("ran 0, restored 0, fresh 3, failed 0");
  });
});
