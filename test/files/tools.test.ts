import { beforeEach, expect, test } from "vitest";
import { FileIndex } from "../../src/files/file-index.ts";
import { packIndex, unpackIndex } from "../../src/files/pack.ts";
import { resolveTool } from "../../src/files/tools.ts";
import { hasher } from "../../src/host/files/hash.ts";
import { MemoryHost } from "../support/memory-host.ts";

let host: MemoryHost;

beforeEach(() => {
  host = new MemoryHost();
});

function resolved(name: string, cwd = ".") {
  const index = new FileIndex({ root: "/w", files: host, clock: host, hasher, packed: unpackIndex(packIndex([], 0n)) });
  index.pin();
  const at = (path: string): string => (path.startsWith("/") ? path : `/w/${path}`);
  return resolveTool(
    name,
    { workspace: "/w", cwd, path: "/usr/local/bin::/usr/bin" },
    {
      identify: (path) => index.identify(path),
      realpath: (path) => host.realpath(at(path)),
      read: (path) => host.read(at(path)),
    },
  );
}

const file = (text: string) => ({ kind: "file", digest: hasher.digest(text) });

test("PATH: the first that may be executed, by the digest of what its links lead to", () => {
  host.write("/usr/local/bin/py", "not executable");
  host.write("/usr/bin/py3.11", "the program", 0o755);
  host.link("/usr/bin/py3", "py3.11");
  host.link("/usr/bin/py", "py3");
  expect(resolved("py")).toEqual({
    realpath: "/usr/bin/py3.11",
    identity: file("the program"),
    looked: ["node_modules/.bin/py", "/usr/local/bin/py", "/usr/bin/py"],
  });
});

test("node_modules/.bin, from the working directory upward, by the package's version", () => {
  host.write("/w/node_modules/typescript/package.json", '{ "name": "typescript", "version": "7.0.2" }');
  host.write("/w/node_modules/typescript/bin/tsc", "#!node", 0o755);
  host.link("/w/node_modules/.bin/tsc", "../typescript/bin/tsc");
  host.write("/usr/bin/tsc", "another", 0o755);
  expect(resolved("tsc", "packages/a")?.identity).toEqual({ kind: "package", name: "typescript", version: "7.0.2" });
});

test("a path is taken as it is, relative to the working directory or absolute", () => {
  host.write("/w/sub/run.sh", "one", 0o755);
  host.write("/opt/run.sh", "two", 0o755);
  expect(resolved("./run.sh", "sub")?.identity).toEqual(file("one"));
  expect(resolved("/opt/run.sh", "sub")?.identity).toEqual(file("two"));
});

test("what is nowhere is nothing", () => {
  expect(resolved("no-such-tool")).toBeUndefined();
});
