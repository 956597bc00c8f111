import { delimiter, join, resolve } from "node:path";
import type { Identity } from "../../model/identity.ts";
import { upward, workspacePath } from "../../model/path.ts";
import { binTool } from "./bin-tool.ts";
import { type FoundTool, fileTool, type ToolHost } from "./tool-file.ts";
import { managedTool } from "./version-shims.ts";

/** Where tools are looked for: absolute, but for `cwd`; `path` as the variable PATH has it. */
export interface ToolPlaces {
  readonly workspace: string;
  readonly cwd: string;
  readonly path: string;
}

export interface ResolvedTool extends FoundTool {
  /** Every path that was examined on the way to it: what comes to or changes at one of them may be another tool. */
  readonly looked: readonly string[];
}

/**
 * Finds the program that a tool's name means: a path as it is; else node_modules/.bin from the working directory up to
 * the workspace (see `binTool`); else PATH, by the digest of what its symlinks lead to (see `managedTool`).
 * @param cwd Relative to the workspace.
 */
export function resolveTool(name: string, where: ToolPlaces, host: ToolHost): ResolvedTool | undefined {
  const looked: string[] = [];
  const identify = (path: string): Identity | undefined => {
    const identity = host.identify(path);
    looked.push(path);
    return identity;
  };
  const found = findTool(name, where, { ...host, identify });
  return found && { ...found, looked };
}

function findTool(name: string, where: ToolPlaces, host: ToolHost): FoundTool | undefined {
  if (name.includes("/"))
    return fileTool(workspacePath(where.workspace, resolve(where.workspace, where.cwd, name)), host);
  for (const directory of upward(join(where.workspace, where.cwd))) {
    const shim = fileTool(workspacePath(where.workspace, join(directory, "node_modules/.bin", name)), host);
    if (shim !== undefined) return binTool(shim, where.workspace, host);
    if (directory === where.workspace) break;
  }
  for (const directory of where.path.split(delimiter)) {
    const path = join(directory, name);
    const found = directory === "" ? undefined : fileTool(path, host);
    if (found !== undefined) return managedTool(found, path, where, host);
  }
  return undefined;
}

/** The first place in which a tool is looked for that holds such a file, which may not be executed. */
export function unexecutable(name: string, where: ToolPlaces, host: ToolHost): string | undefined {
  const bins = name.includes("/") ? [] : where.path.split(delimiter).filter((directory) => directory !== "");
  const here = join(where.workspace, where.cwd);
  const paths = name.includes("/")
    ? [resolve(here, name)]
    : [join(here, "node_modules/.bin", name), ...bins.map((directory) => join(directory, name))];
  return paths
    .map((path) => workspacePath(where.workspace, path))
    .find((path) => fileTool(path, host, "any") !== undefined);
}
