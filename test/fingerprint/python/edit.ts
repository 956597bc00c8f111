import type { Tree } from "../code/trees.ts";

/**
 * An edit of a tree of files: «before|after» in the text of a file is what it changes. A path that begins with `+` is that of a file which
 * the edit adds, one with `-` of one that it removes. The function is `run` of etl.py. The number is that of the list that slices were designed by;
 * P: one that Python alone has.
 */
export type Edit = readonly [name: string, files: Readonly<Record<string, string>>];

/** A function that calls `helper` of lib.py. */
export const USES_HELPER = "from lib import helper\ndef run(x): return helper(x)\n";

function side(files: Edit[1], added: string, removed: string, pick: (before: string, after: string) => string): Tree {
  const there = Object.entries(files).filter(([path]) => !path.startsWith(removed));
  const fill = (text: string): string =>
    text.replaceAll(/«([^|]*)\|([^»]*)»/g, (_, before, after) => pick(before, after));
  return Object.fromEntries(there.map(([path, text]) => [path.startsWith(added) ? path.slice(1) : path, fill(text)]));
}

export function beforeOf([, files]: Edit): Tree {
  return side(files, "-", "+", (before) => before);
}

export function afterOf([, files]: Edit): Tree {
  return side(files, "+", "-", (_, after) => after);
}
