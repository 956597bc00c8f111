import { expect, test } from "vitest";
import { pageAsset } from "../../src/report/assets.ts";

test.each(["lineage.js", "lineage.css", "watch.js", "watch.css"] as const)(
  "%s does not end the element that holds it",
  (name) => {
    expect(pageAsset(name).length).toBeGreaterThan(1000);
    expect(pageAsset(name)).not.toMatch(/<\/(script|style)|<!--/i);
  },
);
