import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RememberedSlice } from "../../../src/fingerprint/code/memory.ts";
import type { PythonSlice } from "../../../src/fingerprint/python/python-slice.ts";
import { PythonSlicer } from "../../../src/fingerprint/python/slice.ts";
import { realFiles } from "../../../src/host/files/files.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import type { Tree } from "../code/trees.ts";

const found = spawnSync("python3", ["-c", "import sys; print(sys.executable); sys.exit(sys.version_info < (3, 10))"], {
  encoding: "utf8",
});

/** Why these tests cannot be; undefined: they can. */
export const WHY_NOT = found.status === 0 ? undefined : "they need Python 3.10 or newer";
if (WHY_NOT !== undefined) console.log(`Tests of Python functions are skipped: ${WHY_NOT}.`);

/** Absolute path of a Python interpreter itself, not of a script that chooses one. */
export const PYTHON = WHY_NOT === undefined ? realpathSync(found.stdout.trim()) : "";

/** @param root Absolute path of a workspace. */
export function slicerOf(root: string, interpreter: string, memory = new Map<string, RememberedSlice>()): PythonSlicer {
  return new PythonSlicer({ root, manifest: join(root, "pipeline.ts"), files: realFiles, hasher, interpreter }, memory);
}

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
    return slicerOf(this.root, this.interpreter, this.memory);
  }

  /** Of a function, by default `run` of etl.py. */
  slice(name = "run", module = "etl.py"): PythonSlice {
    return this.slicer().slice({ module: join(this.root, module), name });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}
