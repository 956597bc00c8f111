import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * What a call does with a path: reads its content, asks whether and what it is, lists a directory, or changes it. `make`: makes a
 * directory, which may be there already.
 */
export type Use = "read" | "look" | "list" | "write" | "make";

/** Called with each path before the file system is. What it throws, the call throws. */
export type OnUse = (use: Use, path: string) => void;

type Call = (...args: unknown[]) => unknown;

/** Functions of node:fs by what they do with their arguments: those with a callback, those that end in Sync, and promised ones. */
const USES: Readonly<Record<string, readonly (Use | undefined)[]>> = {
  ...uses("read", "readFile", "createReadStream", "openAsBlob"),
  ...uses("look", "stat", "lstat", "access", "exists", "realpath", "readlink", "watch", "watchFile"),
  ...uses("list", "readdir", "opendir"),
  ...uses("make", "mkdir"),
  ...uses(
    "write",
    "writeFile",
    "appendFile",
    "createWriteStream",
    "rm",
    "rmdir",
    "unlink",
    "truncate",
    "chmod",
    "lchmod",
  ),
  ...uses("write", "chown", "lchown", "utimes", "lutimes", "mkdtemp"),
  copyFile: ["read", "write"],
  cp: ["list", "write"],
  link: ["read", "write"],
  rename: ["write", "write"],
  symlink: [undefined, "write"],
};

function uses(use: Use, ...names: readonly string[]): Record<string, readonly Use[]> {
  return Object.fromEntries(names.map((name) => [name, [use]]));
}

/**
 * From here on `onUse` learns of each path that code of this process gives to node:fs, in whatever way it imported that. Not of
 * modules that Node loads by itself, nor of what other processes and threads do.
 */
export function hookFiles(onUse: OnUse): void {
  const fs = process.getBuiltinModule("node:fs") as unknown as Record<string, unknown>;
  for (const module of [fs, fs["promises"] as Record<string, unknown>]) {
    for (const [name, value] of Object.entries(module))
      if (typeof value === "function") hook(module, name, value as Call, onUse);
  }
  syncBuiltinESMExports();
}

function hook(module: Record<string, unknown>, name: string, real: Call, onUse: OnUse): void {
  const plain = name.replace(/Sync$/, "");
  const report = SPECIAL[plain]?.(onUse) ?? onArguments(USES[plain], onUse);
  if (report === undefined) return;
  // A method, so that its name is that of the real one.
  const { [name]: hooked } = {
    [name](this: unknown, ...args: unknown[]): unknown {
      report(args);
      return real.apply(this, args);
    },
  };
  // With its properties: `realpath.native`, and how `promisify` takes it.
  Object.defineProperties(hooked, Object.getOwnPropertyDescriptors(real));
  module[name] = hooked;
}

const SPECIAL: Readonly<Record<string, (onUse: OnUse) => (args: readonly unknown[]) => void>> = {
  open: onOpen,
  glob: onGlob,
};

/** What a pattern matches lies in a directory. */
function onGlob(onUse: OnUse) {
  return ([, options]: readonly unknown[]): void => {
    const { cwd = "." } = (typeof options === "object" && options !== null ? options : {}) as { cwd?: unknown };
    reportUse("list", cwd, onUse);
  };
}

function onArguments(positions: readonly (Use | undefined)[] | undefined, onUse: OnUse) {
  if (positions === undefined) return undefined;
  return (args: readonly unknown[]): void => {
    for (const [i, use] of positions.entries()) if (use !== undefined) reportUse(use, args[i], onUse);
  };
}

function onOpen(onUse: OnUse) {
  return ([path, flags]: readonly unknown[]): void => {
    const { O_ACCMODE = 3, O_RDONLY } = process.getBuiltinModule("node:fs").constants as Record<string, number>;
    const isRead =
      typeof flags === "number" ? (flags & O_ACCMODE) === O_RDONLY : typeof flags !== "string" || /^rs?$/.test(flags);
    reportUse(isRead ? "read" : "write", path, onUse);
  };
}

/** A descriptor is no path: what it stands for was reported when it was opened. */
function reportUse(use: Use, path: unknown, onUse: OnUse): void {
  if (typeof path === "string") onUse(use, path);
  else if (path instanceof URL && path.protocol === "file:") onUse(use, fileURLToPath(path));
  else if (path instanceof Uint8Array) onUse(use, Buffer.from(path).toString());
}
