import { delimiter, dirname, join, relative, resolve } from "node:path";
import type { ToolIdentity } from "../model/description.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Identity } from "../model/identity.ts";

/** What looking a tool up asks of the world. Paths absolute, or relative to the workspace. */
export interface ToolHost {
  identify(path: string): Identity | undefined;
  realpath(path: string): string | undefined;
  read(path: string): Buffer | undefined;
}

/** Where tools are looked for: absolute, but for `cwd`; `path` as the variable PATH has it. */
export interface ToolPlaces {
  readonly workspace: string;
  readonly cwd: string;
  readonly path: string;
}

export interface ResolvedTool extends FoundTool {
  /** Every path that was looked at on the way to it: what comes to or changes at one of them may be another tool. */
  readonly looked: readonly string[];
}

interface FoundTool {
  /** Absolute, every symlink resolved. */
  readonly realpath: string;
  readonly identity: ToolIdentity;
}

/**
 * Finds what a tool's name stands for: a path as it is; else node_modules/.bin from the working directory up to the
 * workspace, by its package's name and version (a shim says nothing about what it starts); else PATH, by the digest of
 * what its symlinks lead to.
 * @param cwd Relative to the workspace.
 */
export function resolveTool(name: string, where: ToolPlaces, host: ToolHost): ResolvedTool | undefined {
  const looked: string[] = [];
  const identify = (path: string): Identity | undefined => {
    const identity = host.identify(path);
    looked.push(path);
    return identity;
  };
  const { realpath, read } = host;
  const found = findTool(name, where, { identify, realpath, read });
  return found && { ...found, looked };
}

function findTool(name: string, where: ToolPlaces, host: ToolHost): FoundTool | undefined {
  if (name.includes("/"))
    return fileTool(inWorkspace(where.workspace, resolve(where.workspace, where.cwd, name)), host);
  for (let directory = join(where.workspace, where.cwd); ; directory = dirname(directory)) {
    const shim = fileTool(inWorkspace(where.workspace, join(directory, "node_modules/.bin", name)), host);
    if (shim !== undefined) return packageTool(shim, host) ?? shim;
    if (directory === where.workspace || dirname(directory) === directory) break;
  }
  for (const directory of where.path.split(delimiter)) {
    const found = directory === "" ? undefined : fileTool(join(directory, name), host);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fileTool(path: string, host: ToolHost): FoundTool | undefined {
  let identity: Identity | undefined;
  try {
    identity = host.identify(path);
  } catch (error) {
    // A directory of PATH that may not be searched holds nothing for us, as for a shell.
    if (error instanceof DiagnosticError) return undefined;
    throw error;
  }
  while (identity?.type === "symlink") identity = identity.target;
  if (identity?.type !== "file" || !identity.executable) return undefined;
  const realpath = host.realpath(path);
  return realpath === undefined ? undefined : { realpath, identity: { kind: "file", digest: identity.digest } };
}

/** The nearest package.json with a name above a program's real path. */
function packageTool(tool: FoundTool, host: ToolHost): FoundTool | undefined {
  for (let directory = dirname(tool.realpath); dirname(directory) !== directory; directory = dirname(directory)) {
    const path = join(directory, "package.json");
    if (host.identify(path) === undefined) continue;
    try {
      const { name, version } = JSON.parse(host.read(path)?.toString("utf8") ?? "") as {
        name?: string;
        version?: string;
      };
      if (name !== undefined && version !== undefined) return { ...tool, identity: { kind: "package", name, version } };
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** As the file index names paths: relative where they are in the workspace. */
function inWorkspace(workspace: string, path: string): string {
  const inside = relative(workspace, path);
  return inside.startsWith("..") ? path : inside;
}
