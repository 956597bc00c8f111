import { closeSync, constants, existsSync, openSync } from "node:fs";
import { connect } from "node:net";
import { basename, dirname } from "node:path";

/**
 * Paths of Unix sockets longer than this do not fit into the kernel's structure everywhere (108 bytes on Linux, 104 on
 * macOS).
 */
const LONGEST_SOCKET_PATH = 100;
const DESCRIPTORS = "/proc/self/fd";

/**
 * Passes on a path that is short enough for a socket, however deep the directory is: by a descriptor of the
 * directory, or relative to it where there is no /proc. It holds until `use` returns; Node binds and connects before
 * `listen` and `connect` return.
 * @param path Absolute; its last component is short.
 */
export function withSocketPath<T>(path: string, use: (short: string) => T): T {
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return use(path);
  if (!existsSync(DESCRIPTORS)) return relativeTo(dirname(path), () => use(basename(path)));
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return use(`${DESCRIPTORS}/${directory}/${basename(path)}`);
  } finally {
    closeSync(directory);
  }
}

/** True when a process listens at a socket. */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = withSocketPath(path, (short) => connect(short));
    const end = (listening: boolean): void => {
      probe.destroy();
      resolve(listening);
    };
    probe.once("connect", () => end(true));
    probe.once("error", ({ code }: NodeJS.ErrnoException) => end(code !== "ECONNREFUSED" && code !== "ENOENT"));
  });
}

function relativeTo<T>(directory: string, act: () => T): T {
  const before = process.cwd();
  process.chdir(directory);
  try {
    return act();
  } finally {
    process.chdir(before);
  }
}
