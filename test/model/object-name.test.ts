import { expect, test } from "vitest";
import { parseName, pathName, valueName } from "../../src/model/object-name.ts";
import { isInnerPath, isReservedPath } from "../../src/model/path.ts";

test.each([
  ["pipeline.ts", "stats", "value:stats", ".inc/values/stats.json"],
  ["pipeline.mts", "a.b", "value:a.b", ".inc/values/a.b.json"],
  ["sub/etl.ts", "stats", "value:sub/etl.ts/stats", ".inc/values/sub/etl.ts/stats.json"],
  ["pipeline.ts", "u[x/../y]", "value:u[x/../y]", ".inc/values/u[x/%2E./y].json"],
  ["pipeline.ts", "u[/.git/]", "value:u[/.git/]", ".inc/values/u[/%2Egit/].json"],
  ["pipeline.ts", "u[a//.]", "value:u[a//.]", ".inc/values/u[a/%/%2E].json"],
  ["pipeline.ts", "u[100%2E%]", "value:u[100%2E%]", ".inc/values/u[100%252E%25].json"],
])("in %s, the value of %s is %s, at %s", (manifest, task, name, path) => {
  expect(valueName(manifest, task)).toBe(name);
  expect(parseName(name)).toEqual({ kind: "path", id: path });
  expect(pathName(path)).toBe(name);
  expect(isInnerPath(path)).toBe(true);
  expect(isReservedPath(path)).toBe(false);
});

test.each([".inc/values", ".inc/data.mdb", ".inc/values/.git/x.json", ".inc/values/x.txt", "a/.inc/values/x.json"])(
  "%s is the place of no value",
  (path) => {
    expect(isReservedPath(path)).toBe(true);
  },
);

test("a file that is named like a value is told from it", () => {
  expect(pathName("value:x")).toBe("./value:x");
  expect(parseName("./value:x")).toEqual({ kind: "path", id: "value:x" });
});
