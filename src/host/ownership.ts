import { lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join, sep } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";

/** A path that belongs to a user whose files inc does not obey. */
export interface Foreign {
  readonly path: string;
  /** The user's id. */
  readonly owner: number;
}

/**
 * The first of the paths that belongs to neither this user nor root, and is in no directory that the user declared to
 * be safe. A symlink counts by its own owner and its target's. A missing path has no owner.
 */
export function foreignAmong(paths: readonly string[]): Foreign | undefined {
  // On Windows a file's owner is no number, and other users have no shared folder to plant anything in.
  if (process.geteuid === undefined) return undefined;
  for (const path of paths) {
    const owner = ownersOf(path).find((uid) => !isTrusted(uid));
    if (owner !== undefined && !isDeclaredSafe(path)) return { path, owner };
  }
  return undefined;
}

/** Where a user declares directories to be safe, one absolute path a line; `*` means all. */
export function safeDirectoriesFile(): string {
  const named = process.env["XDG_CONFIG_HOME"];
  return join(named !== undefined && isAbsolute(named) ? named : join(homedir(), ".config"), "inc", "safe-directories");
}

function ownersOf(path: string): readonly number[] {
  const own = tryRead(() => lstatSync(path, { throwIfNoEntry: false }));
  const target = own?.isSymbolicLink() === true ? tryRead(() => statSync(path)) : undefined;
  return [own, target].flatMap((stat) => (stat === undefined ? [] : [stat.uid]));
}

/** Root is trusted, as it can do anything. Under sudo, the calling user is trusted as well, as git does. */
function isTrusted(uid: number): boolean {
  const own = process.geteuid?.();
  return uid === own || uid === 0 || (own === 0 && String(uid) === process.env["SUDO_UID"]);
}

function isDeclaredSafe(path: string): boolean {
  const real = tryRead(() => realpathSync(path)) ?? path;
  return declaredSafe().some((directory) => {
    if (directory === "*") return true;
    if (!isAbsolute(directory)) return false;
    const root = tryRead(() => realpathSync(directory)) ?? directory;
    return [path, real].every((at) => at === root || at.startsWith(root.endsWith(sep) ? root : root + sep));
  });
}

function declaredSafe(): readonly string[] {
  const named = process.env["INC_SAFE_DIRECTORY"]?.split(delimiter) ?? [];
  const file = safeDirectoriesFile();
  // Under `sudo -E` the home directory is another user's, whose file must not decide what root trusts.
  const listed = ownersOf(file).every(isTrusted) ? (tryRead(() => readFileSync(file, "utf8"))?.split("\n") ?? []) : [];
  return [...named, ...listed.map((line) => line.trim())].filter((line) => line !== "");
}

/** Undefined: the path does not exist or may not be examined. */
function tryRead<T>(how: () => T): T | undefined {
  try {
    return how();
  } catch {
    return undefined;
  }
}

/**
 * The diagnostic for a path of another user, with the way to trust it.
 * @param what Its role, such as `the manifest`.
 * @param within The directory to declare safe.
 */
export function foreignProblem({ path, owner }: Foreign, what: string, within: string): Diagnostic {
  return {
    code: "INC1009",
    severity: "error",
    message: `${what} "${path}" belongs to another user (uid ${owner}), and inc trusts only files of yours and root's`,
    help: [
      `if you trust that user with your files: INC_SAFE_DIRECTORY="${within}", or that path as a line in ${safeDirectoriesFile()}`,
    ],
  };
}
