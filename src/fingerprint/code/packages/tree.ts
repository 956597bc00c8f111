import { join } from "node:path";
import type { Digest } from "../../../model/digest.ts";
import { isWithin } from "../../../model/path.ts";
import { escapePattern } from "../../../model/pattern.ts";
import { canonical } from "../../canonical.ts";
import type { CodeSite } from "../code-slice.ts";

interface Tree {
  readonly digest: Digest;
  /** Absolute, with the links among them. */
  readonly files: readonly string[];
  /** Absolute, of the files and of those that may be added. */
  readonly patterns: readonly string[];
}

/** The content of a package without a lockfile: all its files, also those behind links, but for the packages inside it. */
export function digestOfTree(directory: string, site: CodeSite): Tree {
  const entries: (readonly string[])[] = [];
  const files: string[] = [];
  const visited: string[] = [];
  const visit = (at: string, name: string): void => {
    visited.push(at);
    for (const entry of site.files.readDirectory(at) ?? []) {
      const path = join(at, entry.name);
      const inner = name === "" ? entry.name : `${name}/${entry.name}`;
      if (entry.type === "directory" && entry.name !== "node_modules") visit(path, inner);
      if (entry.type === "file") {
        entries.push([inner, site.files.digest(path)]);
        files.push(path);
      }
      if (entry.type === "symlink") follow(path, inner);
    }
  };
  const follow = (path: string, inner: string): void => {
    const real = site.files.realpath(path);
    const type = real && site.files.stat(real)?.type;
    entries.push([inner, site.files.readlink(path), ...(real && type === "file" ? [site.files.digest(real)] : [])]);
    files.push(path);
    // A link upwards would lead to all packages.
    const isNew = (at: string): boolean => !isWithin(directory, at) && !visited.some((one) => isWithin(at, one));
    if (real && type === "directory" && isNew(real)) visit(real, inner);
  };
  visit(directory, "");
  const outside = visited.filter((path) => !isWithin(path, directory));
  const patterns = [directory, ...outside].map((path) => `${escapePattern(path)}/**`);
  return { digest: site.hasher.digest(canonical(entries)), files, patterns };
}
