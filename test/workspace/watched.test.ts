import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { FileSet } from "../../src/model/graph.ts";
import { Claims } from "../../src/workspace/ledger.ts";
import { Workspace } from "../../src/workspace/workspace.ts";
import { Random } from "../oracle/random.ts";

const STEPS = 150;
const NAMES = ["a", "b", "c.txt", "d.txt", "sub", "node_modules"];
const IGNORES = ["c.txt\n", "sub/\n", "!c.txt\n*.txt\n", ""];

const set = (patterns: readonly string[], more: Partial<FileSet> = {}): FileSet => ({
  label: patterns.join(),
  patterns,
  exclude: [],
  gitignore: false,
  allowEmpty: true,
  keep: "small",
  location: { file: "/w/pipeline.ts", line: 1, column: 1 },
  ...more,
});

const SETS: readonly FileSet[] = [
  set(["**/*.txt"]),
  set(["a/*"], { exclude: ["a/b/**"] }),
  set(["**"], { gitignore: true }),
  set(["node_modules/**"]),
  set(["sub/**", "*.txt"]),
];

/** Changes a tree at random and collects the paths that a watcher would have reported. */
class Tree {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "inc-watched-")));
  readonly reported = new Set<string>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    // A repository of its own, so that no ignore patterns of this machine apply.
    mkdirSync(join(this.root, ".git/info"), { recursive: true });
    mkdirSync(join(this.root, ".inc"));
  }

  /** True for a directory that is not reached through a symlink and not ignored. */
  isWatched(directory: string): boolean {
    if (directory.startsWith("/") || /(^|\/)(node_modules|\.git|\.inc)(\/|$)/.test(directory)) return false;
    const path = join(this.root, directory);
    return existsSync(path) && realpathSync(path) === path;
  }

  step(): void {
    const path = this.#path();
    if (!this.#isReal(path)) return;
    switch (this.#random.below(10)) {
      case 0:
        this.#remove(path);
        break;
      case 1:
        this.#rename(path, this.#path());
        break;
      case 2:
        this.#link(path);
        break;
      case 3:
        this.#write(join(dirname(path), ".gitignore"), this.#random.pick(IGNORES));
        break;
      case 4:
        writeFileSync(join(this.root, ".git/info/exclude"), this.#random.pick(IGNORES));
        break;
      case 5:
        this.#changeMode(path);
        break;
      case 6:
        this.#writeElsewhere(path);
        break;
      default:
        this.#write(path, `${this.#random.below(4)}\n`);
    }
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #path(): string {
    return Array.from({ length: 1 + this.#random.below(3) }, () => this.#random.pick(NAMES)).join("/");
  }

  #write(path: string, text: string): void {
    const steps = dirname(path).split("/");
    const above = steps.map((_, i) => steps.slice(0, i + 1).join("/"));
    const first = above.find((directory) => this.#type(directory) === undefined);
    mkdirSync(join(this.root, dirname(path)), { recursive: true });
    if (first !== undefined) this.#reportAll(first);
    if (this.#isDirectory(path)) return;
    rmSync(join(this.root, path), { force: true });
    writeFileSync(join(this.root, path), text);
    this.#report(path);
  }

  #link(path: string): void {
    const directory = dirname(path);
    if (!this.#isDirectory(directory) || this.#isDirectory(path)) return;
    rmSync(join(this.root, path), { force: true });
    symlinkSync(
      this.#random.pick(["../c.txt", "c.txt", "d.txt", "sub", "/etc/hostname", "none"]),
      join(this.root, path),
    );
    this.#report(path);
  }

  #changeMode(path: string): void {
    if (this.#type(path) !== "other" || lstatSync(join(this.root, path)).isSymbolicLink()) return;
    chmodSync(join(this.root, path), this.#random.pick([0o755, 0o644]));
    this.#report(path);
  }

  /** Gives a file a second name outside, and later writes through that name, which no watcher reports. */
  #writeElsewhere(path: string): void {
    if (this.#type(path) !== "other" || lstatSync(join(this.root, path)).isSymbolicLink()) return;
    const outside = join(this.root, ".git/outside");
    if (existsSync(outside)) {
      writeFileSync(outside, `${this.#random.below(1000)}\n`);
      if (this.#random.chance(0.7)) return;
      rmSync(outside);
    }
    linkSync(join(this.root, path), outside);
    // A new hard link is reported like a save of the file itself.
    this.#report(path);
  }

  #remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
    this.#report(path);
  }

  #rename(from: string, to: string): void {
    const isInside = `${to}/`.startsWith(`${from}/`) || from.startsWith(`${to}/`);
    if (isInside || !this.#isReal(to) || this.#type(from) === undefined || !this.#isDirectory(dirname(to))) return;
    rmSync(join(this.root, to), { recursive: true, force: true });
    renameSync(join(this.root, from), join(this.root, to));
    this.#report(from);
    this.#reportAll(to);
  }

  /** True when no parent of the path is a symlink or a file. */
  #isReal(path: string): boolean {
    const steps = path.split("/").slice(0, -1);
    const above = steps.map((_, i) => steps.slice(0, i + 1).join("/"));
    return above.every((directory) => ["directory", undefined].includes(this.#type(directory)));
  }

  #isDirectory(path: string): boolean {
    return this.#type(path) === "directory";
  }

  #type(path: string): "directory" | "other" | undefined {
    try {
      const stat = lstatSync(join(this.root, path), { throwIfNoEntry: false });
      return stat?.isDirectory() === true ? "directory" : stat && "other";
    } catch {
      return undefined;
    }
  }

  /** Reports a new directory with all that it contains. */
  #reportAll(path: string): void {
    this.#report(path);
    if (!this.#isDirectory(path) || !this.isWatched(path)) return;
    for (const name of readdirSync(join(this.root, path))) this.#reportAll(`${path}/${name}`);
  }

  #report(path: string): void {
    if (this.isWatched(dirname(path))) this.reported.add(path);
  }
}

function seen(workspace: Workspace, claims: Claims) {
  const identify = (path: string) => workspace.index.identify(path);
  // A cycle of symlinks gives the same error message both ways.
  const named = (path: string) => {
    try {
      return identify(path) ?? null;
    } catch (error) {
      return (error as Error).message;
    }
  };
  return {
    sets: SETS.map((each) => {
      const { root, paths } = workspace.currentSet(each, claims, identify);
      return { root, paths };
    }),
    directories: workspace.expand(set(["**"]), true),
    paths: ["a", "sub", "c.txt", "a/b/c.txt", "sub/d.txt", "node_modules/a"].map(named),
  };
}

test.each([1, 2, 3, 4])("a watched workspace sees the same state as a full look (seed %i)", (seed) => {
  const random = new Random(seed);
  const tree = new Tree(random);
  let all = true;
  const changes = {
    isWatched: (directory: string) => tree.isWatched(directory),
    take() {
      const reported = new Set(tree.reported);
      tree.reported.clear();
      const lost = all;
      all = false;
      return lost ? undefined : reported;
    },
  };
  const watched = new Workspace(tree.root, changes);
  const claims = new Claims([{ path: "sub/c.txt", isDirectory: false }]);
  try {
    for (let step = 0; step < STEPS; step += 1) {
      for (let edits = random.below(4); edits > 0; edits -= 1) tree.step();
      all ||= random.chance(0.05);
      watched.pin();
      const fresh = new Workspace(tree.root);
      fresh.pin();
      expect(seen(watched, claims), `step ${step}`).toEqual(seen(fresh, claims));
    }
  } finally {
    tree.close();
  }
});
