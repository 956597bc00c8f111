import { beforeEach, expect, test } from "vitest";
import { FileIndex } from "../../../src/files/index.ts";
import { packIndex, unpackIndex } from "../../../src/files/packed/pack.ts";
import { resolveTool } from "../../../src/files/tools/resolve.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import { MemoryHost } from "../../support/memory-host.ts";

let host: MemoryHost;

beforeEach(() => {
  host = new MemoryHost();
});

function resolved(name: string, cwd = ".", path = "/usr/local/bin::/usr/bin") {
  const index = new FileIndex({ root: "/w", files: host, clock: host, hasher, packed: unpackIndex(packIndex([], 0n)) });
  index.pin();
  const at = (path: string): string => (path.startsWith("/") ? path : `/w/${path}`);
  return resolveTool(
    name,
    { workspace: "/w", cwd, path },
    {
      identify: (path) => index.identify(path),
      realpath: (path) => host.realpath(at(path)),
      read: (path) => host.read(at(path)),
      list: (path) => index.list(path),
      digest: (text) => hasher.digest(text),
      isMade: (path) => path.endsWith("/made"),
    },
  );
}

const file = (text: string) => ({ kind: "file", digest: hasher.digest(text) });

test("a tool on PATH is the first executable file, identified by the digest of its symlinks' target", () => {
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

test("a tool in node_modules/.bin, from the working directory upward, is identified by its package's version", () => {
  host.write("/w/node_modules/typescript/package.json", '{ "name": "typescript", "version": "7.0.2" }');
  host.write("/w/node_modules/typescript/bin/tsc", "#!node", 0o755);
  host.link("/w/node_modules/.bin/tsc", "../typescript/bin/tsc");
  host.write("/usr/bin/tsc", "another", 0o755);
  expect(resolved("tsc", "packages/a")?.identity).toEqual({ kind: "package", name: "typescript", version: "7.0.2" });
});

test("a tool named by path is that file, relative to the working directory or absolute", () => {
  host.write("/w/sub/run.sh", "one", 0o755);
  host.write("/opt/run.sh", "two", 0o755);
  expect(resolved("./run.sh", "sub")?.identity).toEqual(file("one"));
  expect(resolved("/opt/run.sh", "sub")?.identity).toEqual(file("two"));
});

test("a missing tool has no identity", () => {
  expect(resolved("no-such-tool")).toBeUndefined();
});

const PNPM = `#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\\\,/,g')")
if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "$basedir/../.pnpm/esbuild@0.2.0/node_modules/esbuild/bin/esbuild" "$@"
else
  exec node  "$basedir/../.pnpm/esbuild@0.2.0/node_modules/esbuild/bin/esbuild" "$@"
fi
`;

test("pnpm's scripts count as the package that they start, not as the workspace", () => {
  host.write("/w/package.json", '{ "name": "mine", "version": "1.0.0" }');
  host.write(
    "/w/node_modules/.pnpm/esbuild@0.2.0/node_modules/esbuild/package.json",
    '{ "name": "esbuild", "version": "0.2.0" }',
  );
  host.write("/w/node_modules/.pnpm/esbuild@0.2.0/node_modules/esbuild/bin/esbuild", "#!node");
  host.link("/w/node_modules/esbuild", ".pnpm/esbuild@0.2.0/node_modules/esbuild");
  host.write("/w/node_modules/.bin/esbuild", PNPM, 0o755);
  expect(resolved("esbuild")?.identity).toEqual({ kind: "package", name: "esbuild", version: "0.2.0" });
  host.write("/w/node_modules/.bin/other", "#!/bin/sh\necho 1\n", 0o755);
  expect(resolved("other")?.identity).toEqual(file("#!/bin/sh\necho 1\n"));
});

test("a linked package of the workspace counts by its files", () => {
  host.write("/w/package.json", '{ "name": "mine", "version": "1.0.0" }');
  host.write("/w/packages/cli/package.json", '{ "name": "cli", "version": "1.0.0" }');
  host.write("/w/packages/cli/bin/cli.js", "#!node", 0o755);
  host.write("/w/packages/cli/src/deep/a.js", "one");
  host.write("/w/packages/cli/made", "an output");
  host.write("/w/packages/cli/node_modules/x/i.js", "installed");
  host.link("/w/node_modules/cli", "../packages/cli");
  host.link("/w/node_modules/.bin/cli", "../../packages/cli/bin/cli.js");
  const before = resolved("cli");
  expect(before?.identity.kind).toBe("file");
  expect(before?.looked).toContain("packages/cli/src/deep/a.js");
  host.write("/w/packages/cli/made", "another output");
  host.write("/w/packages/cli/node_modules/x/i.js", "installed anew");
  expect(resolved("cli")?.identity).toEqual(before?.identity);
  host.write("/w/packages/cli/src/deep/a.js", "two");
  const after = resolved("cli")?.identity;
  expect(after).not.toEqual(before?.identity);
  host.write("/w/packages/cli/src/b.js", "");
  expect(resolved("cli")?.identity).not.toEqual(after);
});

test.each([
  ["/home/u/.pyenv/shims", "python3", ".python-version"],
  ["/home/u/.asdf/shims", "node", ".tool-versions"],
  ["/home/u/.local/share/mise/shims", "node", "mise.toml"],
  ["/home/u/.cargo/bin", "cargo", "rust-toolchain.toml"],
  ["/home/u/.volta/bin", "node", "package.json"],
])("a shim in %s for %s counts with the file that decides its version", (directory, name, decides) => {
  const text = (version: string): string =>
    decides === "package.json" ? `{ "volta": { "node": "${version}" } }` : version;
  host.write(`${directory}/${name}`, "the stand-in", 0o755);
  host.write(`${directory}/rustup`, "the stand-in", 0o755);
  const unseen = resolved(name, "packages/a", directory);
  expect([unseen?.identity, unseen?.unseen?.files]).toEqual([file("the stand-in"), expect.arrayContaining([decides])]);
  host.write(`/w/${decides}`, text("1"));
  const one = resolved(name, "packages/a", directory);
  expect([one?.unseen, one?.looked]).toEqual([undefined, expect.arrayContaining([decides])]);
  host.write(`/w/${decides}`, text("2"));
  expect(resolved(name, "packages/a", directory)?.identity).not.toEqual(one?.identity);
});

test("a program beside a version manager's, or with the name of one, is identified by its own bytes", () => {
  host.write("/home/u/.cargo/bin/ripgrep", "a program", 0o755);
  host.write("/home/u/.cargo/bin/rustup", "another", 0o755);
  expect(resolved("ripgrep", ".", "/home/u/.cargo/bin")).toMatchObject({ identity: file("a program") });
  expect(resolved("ripgrep", ".", "/home/u/.cargo/bin")?.unseen).toBeUndefined();
  expect(resolved("rustup", ".", "/home/u/.cargo/bin")?.unseen).toBeUndefined();
});
