import { join } from "node:path";
import type { Digest } from "../../../model/digest.ts";
import { escapePattern } from "../../../model/pattern.ts";
import { canonical } from "../../canonical.ts";
import type { CodeSite } from "../code-slice.ts";

interface Tree {
  readonly digest: Digest;
  readonly files: readonly string[];
  /** Absolute, of the files and of those that may be added. */
  readonly pattern: string;
}

/** The content of a package without a lockfile: all its files, but for the packages inside it. */
export function digestOfTree(directory: string, site: CodeSite): Tree {
  const entries: (readonly [string, string])[] = [];
  const files: string[] = [];
  const visit = (at: string, name: string): void => {
    for (const entry of site.files.readDirectory(at) ?? []) {
      const path = join(at, entry.name);
      const inner = name === "" ? entry.name : `${name}/${entry.name}`;
      if (entry.type === "directory") {
        if (entry.name !== "node_modules") visit(path, inner);
      } else if (entry.type === "symlink") entries.push([inner, site.files.readlink(path)]);
      else if (entry.type === "file") {
        entries.push([inner, site.files.digest(path)]);
        files.push(path);
      }
    }
  };
  visit(directory, "");
  return { digest: site.hasher.digest(canonical(entries)), files, pattern: `${escapePattern(directory)}/**` };
}
