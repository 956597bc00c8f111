import { basename, dirname, join } from "node:path";
import { upward, workspacePath } from "../../model/path.ts";
import type { FoundTool, ToolHost } from "./tool-file.ts";

/** A version manager puts shims in the place of programs, and decides by files which version they start. */
interface Manager {
  readonly name: string;
  /** Of the path at which the program was found, or of what it resolves to. */
  readonly shim: RegExp;
  /** Files that decide, looked for from the working directory upward. */
  readonly files: readonly string[];
}

const MANAGERS: readonly Manager[] = [
  { name: "pyenv", shim: /\/\.?pyenv\/shims\//, files: [".python-version"] },
  { name: "rbenv", shim: /\/\.?rbenv\/shims\//, files: [".ruby-version"] },
  { name: "nodenv", shim: /\/\.?nodenv\/shims\//, files: [".node-version"] },
  { name: "goenv", shim: /\/\.?goenv\/shims\//, files: [".go-version"] },
  { name: "jenv", shim: /\/\.?jenv\/shims\//, files: [".java-version"] },
  { name: "asdf", shim: /\/\.?asdf\/shims\//, files: [".tool-versions"] },
  {
    name: "mise",
    shim: /\/(?:mise|rtx)\/shims\//,
    files: ["mise.toml", ".mise.toml", "mise.local.toml", ".tool-versions"],
  },
  { name: "volta", shim: /\/\.?volta\/bin\/|\/volta-shim$/, files: ["package.json"] },
  { name: "rustup", shim: /\/rustup(?:-init)?$/, files: ["rust-toolchain.toml", "rust-toolchain"] },
];

/**
 * Adds to a version manager's shim from PATH the files that decide which version it starts. Where there is none, the
 * version follows the user's default, which inc does not see: `unseen` then names the manager.
 * @param path Where it was found.
 */
export function managedTool(
  found: FoundTool,
  path: string,
  where: { readonly workspace: string; readonly cwd: string },
  host: ToolHost,
): FoundTool {
  const manager = MANAGERS.find(
    ({ shim }) => shim.test(found.realpath) || shim.test(path) || isHardLink(shim, path, found, host),
  );
  if (manager === undefined || basename(path) === manager.name) return found;
  const deciding = decidingFile(manager, where, host);
  if (deciding === undefined) return { ...found, unseen: { manager: manager.name, files: manager.files } };
  const { identity } = found;
  const digest = host.digest(JSON.stringify([identity, deciding]));
  return { ...found, identity: { kind: "file", digest } };
}

/** True for a path at which a version manager has put a shim: what that starts, the shim does not say. */
export function isShim(path: string): boolean {
  return MANAGERS.some(({ shim }) => shim.test(path));
}

/** Of rustup: older ones link it under the names of all its programs. */
function isHardLink(shim: RegExp, path: string, found: FoundTool, host: ToolHost): boolean {
  const rustup = join(dirname(path), "rustup");
  if (!shim.test(rustup) || !path.includes("/.cargo/bin/")) return false;
  const other = host.identify(rustup);
  return other?.type === "file" && found.identity.kind === "file" && other.digest === found.identity.digest;
}

function decidingFile(
  { files }: Manager,
  { workspace, cwd }: { readonly workspace: string; readonly cwd: string },
  host: ToolHost,
): readonly unknown[] | undefined {
  for (const directory of upward(join(workspace, cwd))) {
    for (const name of files) {
      const path = workspacePath(workspace, join(directory, name));
      const identity = host.identify(path);
      if (identity === undefined) continue;
      if (name !== "package.json") return [name, identity];
      const volta = voltaOf(host.read(path));
      if (volta !== undefined) return [name, volta];
    }
  }
  return undefined;
}

function voltaOf(bytes: Buffer | undefined): unknown {
  try {
    return (JSON.parse(bytes?.toString("utf8") ?? "") as { volta?: unknown }).volta;
  } catch {
    return undefined;
  }
}
