import assert from "node:assert/strict";
import { test } from "node:test";
import { slug } from "./slug.ts";

test("letters lose their accents", () => {
  assert.equal(slug("Crème brûlée"), "creme-brulee");
});

test("everything else is one dash, and none at the ends", () => {
  assert.equal(slug("  What, again?  "), "what-again");
});
