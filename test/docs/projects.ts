import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of this checkout. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A directory of its own, removed by `[Symbol.dispose]`, and the real command line in it. */
export class Project implements Disposable {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "inc-project-")));

  /** Runs `inc …` and returns its output; throws when it fails. */
  inc(...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "bin/inc.js"), ...args], {
      cwd: this.root,
      encoding: "utf8",
      env: {
        // The tests' own Node, and the packages that the checkout installed.
        PATH: [dirname(process.execPath), join(ROOT, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
        // Not the project itself, because inc accepts no home directory as a workspace.
        HOME: tmpdir(),
        TMPDIR: tmpdir(),
      },
    });
    if (status !== 0) throw new Error(`inc ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** The summary of `inc run …`, without times: `ran 2, restored 0, fresh 1, failed 0`. */
  run(...args: readonly string[]): string {
    const last =
      this.inc("run", ...args)
        .trimEnd()
        .split("\n")
        .at(-1) ?? "";
    return last.replace(/ in .*$/, "");
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** True on machines with a C compiler. */
export const HAS_CC = spawnSync("cc", ["--version"]).status === 0;

const found = spawnSync("python3", ["-c", "import sys; print(sys.executable); sys.exit(sys.version_info < (3, 9))"], {
  encoding: "utf8",
});

/** Absolute path of a Python of version 3.9 or later; undefined: there is none. */
export const PYTHON = found.status === 0 ? found.stdout.trim() : undefined;
if (PYTHON === undefined) console.log("Tests of pipelines in Python are skipped: there is no Python 3.9 or later.");

/** Gives a project an environment: its HOME is another one, in which a version manager finds no Python. */
export function usePython({ root }: Project): void {
  mkdirSync(join(root, ".venv/bin"), { recursive: true });
  symlinkSync(PYTHON as string, join(root, ".venv/bin/python"));
}
