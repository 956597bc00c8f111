import { describe, expect, test } from "vitest";
import { diffContent } from "../../../src/content/diff/diff.ts";
import type { Difference } from "../../../src/content/diff/difference.ts";
import { renderContentDifference } from "../../../src/report/versions/content-diff.ts";

const render = (difference: Difference, color = false) => renderContentDifference("a@1", "a@2", difference, { color });

const file = (name: string, before: string | Uint8Array, after: string | Uint8Array): Difference => ({
  kind: "file",
  content: diffContent(name, Buffer.from(before), Buffer.from(after)),
});

const HEAD = ["--- a@1", "+++ a@2"];

describe("the lines of a difference", () => {
  test("nothing", () => expect(render({ kind: "same" })).toEqual([]));

  test("text", () =>
    expect(render(file("a.txt", "1\n2\n", "1\ntwo\n"))).toEqual([...HEAD, "@@ -1,2 +1,2 @@", " 1", "-2", "+two"]));

  test("JSON", () =>
    expect(render(file("a.json", '{"a":1,"b":[1]}', '{"a":2,"b":[1],"c":"x"}'))).toEqual([
      ...HEAD,
      "-/a  1",
      "+/a  2",
      '+/c  "x"',
    ]));

  test("a table", () =>
    expect(render(file("a.csv", "id,n\na,1\nb,2\n", "id,n\na,1\nb,3\nc,4\n"))).toEqual([
      ...HEAD,
      "-row b  n=2",
      "+row b  n=3",
      "+row c  id=c  n=4",
    ]));

  test("bytes", () =>
    expect(render(file("a.bin", "aaaa\0", "aaab\0\0"))).toEqual([
      ...HEAD,
      "-5 B",
      "+6 B",
      " the same: 3 B at the beginning and 1 B at the end, of 6 B",
    ]));

  test("type, symlink, executable bit", () => {
    expect(render({ kind: "type", before: "file", after: "directory" })).toEqual([...HEAD, "-file", "+directory"]);
    expect(render({ kind: "symlink", before: "b", after: "c" })).toEqual([...HEAD, "-→ b", "+→ c"]);
    expect(render({ kind: "file", executable: true })).toEqual([...HEAD, "+executable"]);
  });

  test("a directory, by path", () =>
    expect(
      render({
        kind: "directory",
        entries: [
          { path: "gone", type: "file", size: 5, status: "removed" },
          { path: "new", type: "directory", status: "added" },
          { path: "sub/x", type: "file", status: "changed", difference: file("x", "1\n", "2\n") },
        ],
      }),
    ).toEqual([...HEAD, "-gone  5 B", "+new/", " sub/x", "    @@ -1 +1 @@", "    -1", "    +2"]));
});

test("control characters are escaped, tabs are not, and colors follow the sign", () => {
  expect(render(file("a.txt", "x\n", "\ty\u001b[2J\n"))).toEqual([...HEAD, "@@ -1 +1 @@", "-x", "+\ty\\u001b[2J"]);
  expect(render(file("a.txt", "x\n", "y\n"), true).at(-1)).toBe("\u001b[32m+y\u001b[39m");
});
