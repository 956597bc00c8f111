import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { foreignAmong, foreignProblem } from "../host/ownership.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { upward } from "../model/path.ts";
import type { Result } from "../model/result.ts";

export const MANIFEST_NAMES: readonly string[] = ["pipeline.ts", "pipeline.mts"];

export interface FoundManifest {
  /** Absolute, symlinks of its directory resolved. */
  readonly manifest: string;
  /** Absolute: nothing outside of it is read or written. */
  readonly workspace: string;
}

/**
 * Finds the manifest: the named file, the one in the named directory, or the nearest upward. Its workspace is the nearest
 * directory upward with a package.json, else with .git, else its own. A manifest of another user is refused: a user with
 * the right to write into a directory above, as into a shared temporary folder, could otherwise run code as this user.
 */
export function findManifest(from: string, named: string | undefined): Result<FoundManifest> {
  const manifest = named === undefined ? nearest(from) : inPlace(resolve(from, named));
  if (manifest === undefined) return { ok: false, diagnostics: [notFound(from, named)] };
  if (!statSync(manifest).isFile()) return { ok: false, diagnostics: [noFile(manifest)] };
  const real = join(realpathSync(dirname(manifest)), basename(manifest));
  const root = rootOf(dirname(real));
  const foreign = foreignPart(real, root);
  if (foreign !== undefined) return { ok: false, diagnostics: [foreign] };
  return { ok: true, value: { manifest: real, workspace: root.directory } };
}

/** The manifest in a directory; undefined: it has none, or the path is not a directory. */
export function findManifestIn(from: string, directory: string): FoundManifest | undefined {
  if (statSync(resolve(from, directory), { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  const found = findManifest(from, directory);
  return found.ok ? found.value : undefined;
}

/**
 * Whether a path names a module that is no manifest, as a bundle that a task makes: it must not be evaluated for being named.
 * A manifest has the name of one, or imports what declares tasks.
 */
export function isOtherModule(path: string): boolean {
  if (MANIFEST_NAMES.includes(basename(path)) || statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    return false;
  try {
    return !/["']inc-run["']/.test(readFileSync(path, "utf8"));
  } catch {
    // What cannot be read cannot be evaluated either.
    return true;
  }
}

/** A workspace, and what makes it one; absent: nothing does, it is where the manifest is. */
interface Root {
  readonly directory: string;
  readonly marker?: string;
}

function foreignPart(manifest: string, { directory, marker }: Root): Diagnostic | undefined {
  const code = foreignAmong([manifest, dirname(manifest)]);
  if (code !== undefined)
    return foreignProblem(
      code,
      code.path === manifest ? "the manifest" : "the manifest's directory",
      dirname(manifest),
    );
  const root = foreignAmong([...(marker === undefined ? [] : [marker]), directory]);
  if (root === undefined) return undefined;
  const what = root.path === directory ? "the workspace" : `what makes "${directory}" the workspace,`;
  const problem = foreignProblem(root, what, directory);
  const own = `or make a workspace of your own: put a package.json into "${dirname(manifest)}"`;
  return { ...problem, help: [...(problem.help ?? []), own] };
}

function inPlace(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return path;
  return stat?.isDirectory() === true
    ? MANIFEST_NAMES.map((name) => join(path, name)).find((candidate) => existsSync(candidate))
    : undefined;
}

function nearest(from: string): string | undefined {
  for (const directory of upward(resolve(from))) {
    const found = inPlace(directory);
    if (found !== undefined) return found;
  }
  return undefined;
}

function rootOf(directory: string): Root {
  return nearestWith(directory, "package.json") ?? nearestWith(directory, ".git") ?? { directory };
}

/** Not the home directory itself nor anything above: a stray package.json there makes no workspace of everything. */
function nearestWith(from: string, name: string): Root | undefined {
  const home = homedir();
  for (let directory = from; dirname(directory) !== directory; directory = dirname(directory)) {
    if (directory === home && from !== home) return undefined;
    const marker = join(directory, name);
    if (existsSync(marker)) return { directory, marker };
  }
  return undefined;
}

/** To read a pipe would wait until a process writes into it. */
function noFile(manifest: string): Diagnostic {
  return {
    code: "INC1002",
    severity: "error",
    message: `"${manifest}" is not a regular file, so it cannot be a manifest`,
    help: ["move it away, or name the path of a pipeline.ts"],
  };
}

function notFound(from: string, named: string | undefined): Diagnostic {
  return {
    code: "INC1002",
    severity: "error",
    message: named === undefined ? `no pipeline.ts in "${from}" or above it` : `there is no manifest at "${named}"`,
    help: [named === undefined ? "create one: inc init" : "name a pipeline.ts, or its directory"],
  };
}
