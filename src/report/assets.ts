import { readFileSync } from "node:fs";

/**
 * Reads a script or style sheet of a page, bundled by `npm run bundle` from `page/browser/`. The path holds for this
 * file in the source as for its chunk in `dist/`: both are two folders deep.
 */
export function pageAsset(name: `${"lineage" | "watch"}.${"js" | "css"}`): string {
  return readFileSync(new URL(`../../dist/page/${name}`, import.meta.url), "utf8");
}
