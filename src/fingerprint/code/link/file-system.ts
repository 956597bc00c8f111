import type { FileStat } from "../../../host/files/host.ts";
import type { CodeSite } from "../code-slice.ts";

type Files = CodeSite["files"];

/** The calls of the file system that the resolver makes, on the files that it is given. */
export function fileSystem(files: Files): Record<string, unknown> {
  const follow = (path: string): FileStat | undefined => {
    const real = files.realpath(path);
    return real === undefined ? undefined : files.stat(real);
  };
  const calls = {
    readFileSync: (path: string) => present(path, isFile(follow(path)) ? files.read(path) : undefined),
    readdirSync: (path: string) => present(path, files.readDirectory(path)).map(({ name }) => name),
    readlinkSync: (path: string) => {
      if (files.stat(path)?.type !== "symlink") throw failure("EINVAL", path);
      return files.readlink(path);
    },
    lstatSync: (path: string) => stats(present(path, files.stat(path))),
    statSync: (path: string) => stats(present(path, follow(path))),
    realpathSync: (path: string) => present(path, files.realpath(path)),
  };
  return { ...calls, ...withCallbacks(calls) };
}

/** True for a regular file, through symlinks. */
export function isFile(stat: FileStat | undefined): boolean {
  return stat?.type === "file";
}

function stats({ type }: FileStat): unknown {
  return {
    isFile: () => type === "file",
    isDirectory: () => type === "directory",
    isSymbolicLink: () => type === "symlink",
  };
}

function present<T>(path: string, found: T | undefined): T {
  if (found === undefined) throw failure("ENOENT", path);
  return found;
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

type SyncCalls = Readonly<Record<string, (path: string) => unknown>>;

/** The resolver asks for the forms with callbacks too, also where it calls none of them. */
function withCallbacks(calls: SyncCalls): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [
      name.replace(/Sync$/, ""),
      (path: string, ...rest: readonly unknown[]) => {
        const callback = rest.at(-1) as (error: unknown, result?: unknown) => void;
        let result: unknown;
        try {
          result = call(path);
        } catch (error) {
          return callback(error);
        }
        callback(null, result);
      },
    ]),
  );
}
