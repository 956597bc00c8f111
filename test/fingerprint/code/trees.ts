import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CodeSlice } from "../../../src/fingerprint/code/code-slice.ts";
import { Slicer } from "../../../src/fingerprint/code/slice.ts";
import { realFiles } from "../../../src/host/files/files.ts";
import { hasher } from "../../../src/host/files/hash.ts";

/** Path → content; `-> path`: a symlink; null: no such file. */
export type Tree = Readonly<Record<string, string | null>>;

/** Path → [text, replacement], or the new content; null: removed. */
export type Edit = Readonly<Record<string, readonly [string, string] | string | null>>;

/** A manifest with one function task. */
export function pipeline(body: string, imports = ""): string {
  return `import { task } from "inc-run";\n${imports}\nexport const t = task({ outputs: { o: "o" }, async run() {\n  ${body}\n} });\n`;
}

export function edited(tree: Tree, edit: Edit): Tree {
  const changes = Object.entries(edit).map(([path, change]) => {
    if (change === null || typeof change === "string") return [path, change] as const;
    const before = tree[path];
    if (!before?.includes(change[0])) throw new Error(`${path} does not contain ${change[0]}`);
    return [path, before.replace(change[0], () => change[1])] as const;
  });
  return { ...tree, ...Object.fromEntries(changes) };
}

/** The slice of the function that begins with `run(` in pipeline.ts, in a directory made for it. */
export function sliceOfTree(tree: Tree): CodeSlice {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "inc-slice-")));
  try {
    write(root, tree);
    const manifest = join(root, "pipeline.ts");
    const lines = (tree["pipeline.ts"] as string).split(/\r?\n/);
    const line = lines.findIndex((text) => text.includes("run("));
    const column = (lines[line] as string).indexOf("run(") + 3;
    const site = { root, manifest, files: realFiles, hasher };
    const slice = new Slicer(site).slice({ module: manifest, line, column });
    if (slice === undefined) throw new Error("the function was not found");
    return relativeTo(root, slice);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function write(root: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree)) {
    if (content === null) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (content.startsWith("-> ")) symlinkSync(content.slice(3), join(root, path));
    else writeFileSync(join(root, path), content);
  }
}

function relativeTo(root: string, slice: CodeSlice): CodeSlice {
  const text = JSON.stringify(slice).replaceAll(`${root}/`, "");
  return JSON.parse(text) as CodeSlice;
}
