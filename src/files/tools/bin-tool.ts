import { basename, dirname, join } from "node:path";
import type { Digest } from "../../model/digest.ts";
import { compareBytes } from "../../model/order.ts";
import { ancestors, isWithin, workspacePath } from "../../model/path.ts";
import { type FoundTool, fileTool, type ToolHost } from "./tool-file.ts";

/**
 * What a program in node_modules/.bin is: an installed package by its name and version, for a shim says nothing about
 * what it starts; a package of the workspace, which is edited without a new version, by its files.
 *
 *     npm:  .bin/x ── symlink ──▶ x/bin/x.js          pnpm: .bin/x, a script that starts "$basedir/../x/bin/x.js"
 */
export function binTool(shim: FoundTool, workspace: string, host: ToolHost): FoundTool {
  const program = basename(dirname(shim.realpath)) === ".bin" ? behindScript(shim, workspace, host) : shim;
  if (program === undefined) return shim;
  const root = packageOf(program.realpath, host);
  if (root === undefined) return program;
  if (program.realpath.includes("/node_modules/"))
    return { ...program, identity: { kind: "package", name: root.name, version: root.version } };
  // The workspace's own package holds all that there is: what its program reads, tasks have to name.
  if (root.directory === workspace || !isWithin(root.directory, workspace)) return program;
  return { ...program, identity: { kind: "file", digest: digestFiles(root.directory, program, workspace, host) } };
}

/** The program that pnpm's script starts; undefined when it is no such script, or what it starts is not there. */
function behindScript(shim: FoundTool, workspace: string, host: ToolHost): FoundTool | undefined {
  const text = host.read(shim.realpath)?.subarray(0, 8192).toString("utf8") ?? "";
  const started = [...text.matchAll(/^\s*exec .*?"\$basedir\/((?!node")[^"]+)"\s+"\$@"/gm)].at(-1)?.[1];
  return started === undefined
    ? undefined
    : fileTool(workspacePath(workspace, join(dirname(shim.realpath), started)), host, "any");
}

interface Package {
  /** Absolute. */
  readonly directory: string;
  readonly name: string;
  readonly version: string;
}

/** The nearest package.json with a name and a version above a program, but never above what it was installed in. */
function packageOf(program: string, host: ToolHost): Package | undefined {
  for (const directory of ancestors(program)) {
    if (basename(directory) === "node_modules") return undefined;
    const path = join(directory, "package.json");
    if (host.identify(path) === undefined) continue;
    try {
      const { name, version } = JSON.parse(host.read(path)?.toString("utf8") ?? "") as Partial<Package>;
      if (name !== undefined && (version !== undefined || !program.includes("/node_modules/")))
        return { directory, name, version: version ?? "" };
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** Digest of all files of a package, except those that were installed in it or that tasks make. */
function digestFiles(directory: string, program: FoundTool, workspace: string, host: ToolHost): Digest {
  const lines: string[] = [];
  const visit = (path: string): void => {
    for (const { name, type } of host.list(path) ?? []) {
      const inner = join(path, name);
      if (name === "node_modules" || name === ".git" || name === ".inc" || host.isMade(inner)) continue;
      if (type === "directory") visit(inner);
      else if (type !== "other") lines.push(JSON.stringify([inner, host.identify(inner)]));
    }
  };
  visit(workspacePath(workspace, directory));
  return host.digest([program.realpath.slice(workspace.length), ...lines.sort(compareBytes)].join("\n"));
}
