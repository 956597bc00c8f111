import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RememberedSlice } from "../../../src/fingerprint/code/memory.ts";
import type { PythonSlice } from "../../../src/fingerprint/python/python-slice.ts";
import { PythonSlicer } from "../../../src/fingerprint/python/slice.ts";
import { realFiles } from "../../../src/host/files/files.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import type { Tree } from "../code/trees.ts";

/** Absolute path of a Python interpreter itself, not of a script that chooses one. */
export const PYTHON = realpathSync(
  execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim(),
);

/** Files in a directory of their own, and slicers of functions there. */
export class PythonTree {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "inc-python-")));
  readonly memory = new Map<string, RememberedSlice>();
  interpreter = PYTHON;

  constructor(tree: Tree) {
    this.write(tree);
  }

  /** Path → content; `-> path`: a symlink; null: removed. */
  write(tree: Tree): void {
    for (const [name, content] of Object.entries(tree)) {
      const path = join(this.root, name);
      rmSync(path, { recursive: true, force: true });
      if (content === null) continue;
      mkdirSync(dirname(path), { recursive: true });
      if (content.startsWith("-> ")) symlinkSync(content.slice(3), path);
      else writeFileSync(path, content);
    }
  }

  slicer(): PythonSlicer {
    const site = { root: this.root, manifest: join(this.root, "pipeline.ts"), files: realFiles, hasher };
    return new PythonSlicer({ ...site, interpreter: this.interpreter }, this.memory);
  }

  /** Of a function, by default `run` of etl.py. */
  slice(name = "run", module = "etl.py"): PythonSlice {
    return this.slicer().slice({ module: join(this.root, module), name });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}
