import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Random } from "../oracle/random.ts";
import type { Edit } from "./run-edited.ts";

const TEXTS = ["p\n", "q\n", "r\n"];
const SCRIPT = "#!/bin/sh\necho ";

/** Sources as a model: files and links by path. */
export class Tree {
  static readonly BEGINNING: readonly Edit[] = [
    ["write", "in.txt", "p\n"],
    ["write", "two.txt", "p\n"],
    ["write", "f/g/a", "p\n"],
    ["write", "f2/g/a", "q\n"],
    ["write", "w1/a", "p\n"],
    ["write", "w2/a", "q\n"],
    ["link", "way", "w1"],
    ["write", "s/a.txt", "p\n"],
    ["write", "s/sub/b.txt", "p\n"],
    ["write", "e/keep.txt", "p\n"],
    ["write", "x/y/other", "p\n"],
    ["write", "bin1/other", "p\n"],
    ["write", "bin2/say", `${SCRIPT}p\n`],
  ];

  readonly #files = new Map<string, string>();
  readonly #links = new Map<string, string>();

  clone(): Tree {
    const tree = new Tree();
    for (const [path, text] of this.#files) tree.#files.set(path, text);
    for (const [path, target] of this.#links) tree.#links.set(path, target);
    return tree;
  }

  /** The text of a file; undefined: it is not there. */
  text(path: string): string | undefined {
    const [first = "", ...rest] = path.split("/");
    const target = this.#links.get(first);
    return this.#files.get(target === undefined ? path : [target, ...rest].join("/"));
  }

  /** Those of the files below a directory, by path. */
  textsBelow(directory: string, suffix: string): readonly string[] {
    const paths = [...this.#files.keys()].filter((path) => path.startsWith(`${directory}/`) && path.endsWith(suffix));
    return paths
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((path) => this.#files.get(path) as string);
  }

  /** An edit that can be made now. */
  edit(random: Random): Edit {
    const text = random.pick(TEXTS);
    const isThere = (path: string): boolean =>
      [...this.#files.keys()].some((file) => file === path || file.startsWith(`${path}/`));
    switch (random.below(10)) {
      case 0:
      case 1:
        return ["write", random.pick(["in.txt", "two.txt"]), text];
      case 2:
        return ["poke", random.pick(["in.txt", "two.txt", "w1/a", "e/keep.txt"]), text];
      case 3:
        return isThere("opt.txt") ? ["remove", "opt.txt"] : ["write", "opt.txt", text];
      case 4: {
        const path = random.pick(["s/a.txt", "s/sub/b.txt", "s/new/c.txt", "e/x.txt"]);
        return isThere(path) && random.chance(0.5) ? ["remove", path] : ["write", path, text];
      }
      case 5:
        return ["link", "way", random.pick(["w1", "w2"])];
      case 6:
        return this.#rename(random.pick(["f", "s", "f/g"]), random);
      case 7:
        return isThere("x/y/extra") ? ["remove", "x/y/extra"] : ["write", "x/y/extra", text];
      case 8:
        return isThere("bin1/say") ? ["remove", "bin1/say"] : ["write", "bin1/say", SCRIPT + text];
      default:
        return ["write", random.pick(["w1/a", "w2/a", "bin2/say"]), text].map((part, i, all) =>
          i === 2 && all[1] === "bin2/say" ? SCRIPT + part : part,
        ) as unknown as Edit;
    }
  }

  /** A directory goes away, comes back, or takes the place of one that has gone. */
  #rename(path: string, random: Random): Edit {
    const isDirectory = (name: string): boolean => [...this.#files.keys()].some((file) => file.startsWith(`${name}/`));
    const others = [`${path}-1`, `${path}-2`, ...(path === "f" ? ["f2"] : [])];
    const away = others.filter(isDirectory);
    if (isDirectory(path)) {
      const free = others.filter((name) => !isDirectory(name));
      return free.length === 0 ? ["remove", path] : ["rename", path, random.pick(free)];
    }
    return away.length === 0
      ? ["write", `${path}/${path === "s" ? "a.txt" : path === "f" ? "g/a" : "a"}`, random.pick(TEXTS)]
      : ["rename", random.pick(away), path];
  }

  /** Takes in what an edit does. */
  take([command, path, more = ""]: Edit): void {
    if (command === "write" || command === "poke") this.#files.set(path, more);
    else if (command === "link") this.#links.set(path, more);
    else
      for (const [file, text] of [...this.#files]) {
        if (file !== path && !file.startsWith(`${path}/`)) continue;
        this.#files.delete(file);
        if (command === "rename") this.#files.set(more + file.slice(path.length), text);
      }
  }

  /** Makes an edit, on the disk too. @param place Where a path is. */
  apply(edit: Edit, place: (path: string) => string): void {
    const [command, path, more = ""] = edit;
    this.take(edit);
    if (command === "write" || command === "poke") {
      mkdirSync(dirname(place(path)), { recursive: true });
      writeFileSync(place(path), more);
      if (more.startsWith("#!")) chmodSync(place(path), 0o755);
    } else if (command === "link") {
      rmSync(place(path), { force: true });
      symlinkSync(more, place(path));
    } else if (command === "rename") {
      // Only empty directories may be in its place.
      rmSync(place(more), { recursive: true, force: true });
      renameSync(place(path), place(more));
    } else rmSync(place(path), { recursive: true });
  }
}
