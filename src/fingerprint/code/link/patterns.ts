import { join } from "node:path";
import { isNamedOnly } from "../../../files/match.ts";
import { literalPath } from "../../../model/pattern.ts";
import type { CodeSite } from "../code-slice.ts";

/** The files that one of the patterns of a slice matches: `directory/**`, or `directory/*.ending`. */
export function filesMatching(pattern: string, files: CodeSite["files"]): readonly string[] {
  const slash = pattern.lastIndexOf("/");
  const directory = literalPath(pattern.slice(0, slash));
  const last = pattern.slice(slash + 1);
  if (last === "**") return filesBelow(directory, files);
  return (files.readDirectory(directory) ?? [])
    .filter(({ name }) => name.endsWith(last.slice(1)))
    .map(({ name }) => join(directory, name));
}

/** Absolute paths of the files below a directory that a wildcard leads to. */
export function filesBelow(directory: string, files: CodeSite["files"]): string[] {
  return (files.readDirectory(directory) ?? []).flatMap(({ name, type }) => {
    const path = join(directory, name);
    if (type === "directory") return isNamedOnly(name) ? [] : filesBelow(path, files);
    return type === "file" ? [path] : [];
  });
}
