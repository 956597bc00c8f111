import { shortDigest } from "../../model/digest.ts";
import { printable } from "../../model/printable.ts";
import type { ElementChange } from "../../run/element-changes.ts";
import { renderContentDifference } from "../versions/content-diff.ts";

/** Which elements differ that a unit is made of, and where. */
export function describeElements(changes: readonly ElementChange[], options: { readonly color: boolean }): string[] {
  return changes.flatMap(({ of, key, before, after, changes: places }) => {
    const content = { kind: "json", changes: places } as const;
    // Without the names of both sides, which are the same.
    const lines = renderContentDifference("", "", { kind: "file", content }, options).slice(2);
    return [
      `element ${printable(key)} of ${printable(of)}  ${shortDigest(before)} → ${shortDigest(after)}`,
      ...lines.map((line) => `  ${line}`),
    ];
  });
}
