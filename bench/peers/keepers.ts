import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { Digest } from "../../src/model/digest.ts";
import { type OpenedStore, openStore } from "../../src/store/open.ts";

/** A tool that stores the versions of the file `data` in a directory of its own. */
export interface Keeper {
  readonly name: string;
  /** Why it is not measured; undefined: it is installed. */
  absent(): string | undefined;
  /** Sets up an empty directory, in which `data` is created later. */
  begin(root: string): Keeping;
}

export interface Keeping {
  /** Stores the current `data` as version `n`, from 1 up. */
  store(n: number): void;
  /** Runs the tool's compaction. Returns a remark for the report, if any. */
  compact?(): string;
  /** Writes a version to `restored`. */
  restore(n: number): void;
  /** Bytes on the disk of all stored versions. */
  bytes(): number;
  end(): Promise<void>;
}

/** @param gcLimit Seconds after which `git gc` is given up. */
export function keepers(gcLimit: number): readonly Keeper[] {
  return [
    { name: "inc", absent: () => undefined, begin: keepByInc },
    { name: "plain copies", absent: () => undefined, begin: keepByCopies },
    { name: "git", absent: () => absentProgram("git"), begin: (root) => keepByGit(root, gcLimit) },
    { name: "DVC", absent: () => absentProgram("dvc"), begin: keepByDvc },
  ];
}

function absentProgram(program: string): string | undefined {
  return spawnSync(program, ["--version"]).status === 0 ? undefined : `${program} is not on PATH`;
}

/** As a run stores an output: digest, copy, commit. Superseded ones become chunks, as in `inc gc`. */
function keepByInc(root: string): Keeping {
  const result = openStore(join(root, "inc"), { files: realFiles, hasher });
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join());
  const { store, close }: OpenedStore = result.value;
  const digests: Digest[] = [];
  return {
    store(n) {
      const path = join(root, "data");
      const digest = realFiles.digest(path);
      if (!store.blobs.putFile(path, digest)) throw new Error("data moved");
      const identity = { type: "file", digest, executable: false } as const;
      store.commit({ versions: [{ name: "data", identity, size: statSync(path).size, cause: "made", time: n }] });
      store.flush();
      digests.push(digest);
    },
    compact: () => `${store.upkeep.compact(Number.POSITIVE_INFINITY).blobs} in chunks, the latest a file`,
    restore(n) {
      if (!store.blobs.restore(digests[n - 1] as Digest, join(root, "restored"), 0o644))
        throw new Error("version lost");
    },
    bytes: () => diskBytes(join(root, "inc")),
    end: close,
  };
}

function keepByCopies(root: string): Keeping {
  const copies = join(root, "copies");
  mkdirSync(copies);
  return {
    store: (n) => copyFileSync(join(root, "data"), join(copies, String(n))),
    restore: (n) => copyFileSync(join(copies, String(n)), join(root, "restored")),
    bytes: () => diskBytes(copies),
    end: async () => {},
  };
}

function keepByGit(root: string, gcLimit: number): Keeping {
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: root, encoding: "utf8" });
  git("init", "-q");
  git("config", "user.email", "bench@example.org");
  git("config", "user.name", "bench");
  git("config", "gc.auto", "0");
  return {
    store(n) {
      git("add", "data");
      git("commit", "-qm", String(n));
      git("tag", `v${n}`);
    },
    compact() {
      const { status } = spawnSync("git", ["gc", "-q"], { cwd: root, timeout: gcLimit * 1000 });
      if (status === 0) return "packed by git gc";
      const packs = join(root, ".git/objects/pack");
      for (const name of readdirSync(packs))
        if (name.startsWith("tmp_") || name.startsWith(".tmp")) rmSync(join(packs, name));
      return `git gc given up after ${gcLimit} s: not packed`;
    },
    restore: (n) => run("sh", ["-c", `git cat-file blob v${n}:data > restored`], root),
    bytes: () => diskBytes(join(root, ".git")),
    end: async () => {},
  };
}

function keepByDvc(root: string): Keeping {
  run("dvc", ["init", "-q", "--no-scm"], root);
  run("dvc", ["config", "core.analytics", "false"], root);
  const kept = join(root, "kept");
  mkdirSync(kept);
  return {
    store(n) {
      run("dvc", ["add", "-q", "data"], root);
      copyFileSync(join(root, "data.dvc"), join(kept, String(n)));
    },
    restore(n) {
      copyFileSync(join(kept, String(n)), join(root, "data.dvc"));
      run("dvc", ["checkout", "-q", "-f", "data.dvc"], root);
      copyFileSync(join(root, "data"), join(root, "restored"));
    },
    bytes: () => diskBytes(join(root, ".dvc/cache")),
    end: async () => {},
  };
}

function run(program: string, args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${stderr}`);
}

/** The size of all blocks of the files below a directory. */
function diskBytes(directory: string): number {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).blocks * 512, 0);
}
