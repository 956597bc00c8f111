import { type Diagnostic, DiagnosticError } from "./diagnostic.ts";

/** What an error of the system means, and what a person can do about it. */
export interface Meaning {
  readonly why: string;
  readonly help: string;
}

/**
 * Every error of the system that a user, a disk or another process can cause. None of them is a bug of inc, so none is
 * reported as one: where nothing better is known, `explain` says what was refused and why.
 */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["EACCES", { why: "permission is denied", help: "change its permissions or owner: ls -ld shows them" }],
  ["EPERM", { why: "the system does not permit it", help: "check its owner, and whether it is immutable: lsattr" }],
  ["EROFS", { why: "the file system is read-only", help: "mount it for writing, or work on a copy elsewhere" }],
  ["ENOSPC", { why: "the disk is full", help: "free some space (df -h, and df -i for inodes), then run again" }],
  ["EDQUOT", { why: "your disk quota is used up", help: "free some space, or raise your quota, then run again" }],
  [
    "ENAMETOOLONG",
    { why: "its name or path is too long for the file system", help: "shorten it: a name has at most 255 bytes" },
  ],
  ["ELOOP", { why: "symlinks lead to one another in a loop", help: "look where they lead: ls -l" }],
  ["EMFILE", { why: "inc has too many open files", help: "allow more, then run again: ulimit -n 4096" }],
  ["ENFILE", { why: "the system has too many open files", help: "end what holds them, then run again" }],
  ["ENOENT", { why: "it is not there", help: "look whether something removed it meanwhile" }],
  ["ENOTDIR", { why: "something on the way to it is no directory", help: "look at each step of the path: namei -l" }],
  ["EISDIR", { why: "there is a directory", help: "move it away, or name another place" }],
  ["ENOTEMPTY", { why: "something came into the directory meanwhile", help: "stop what writes there, then run again" }],
  ["EEXIST", { why: "something is there already", help: "move it away, then run again" }],
  ["ETXTBSY", { why: "a program that runs cannot be written", help: "end it, then run again" }],
  [
    "EBUSY",
    {
      why: "another program uses it, or it is mounted",
      help: "find the program (fuser -v), end it or unmount the path, then run again",
    },
  ],
  ["EXDEV", { why: "it lies on another file system", help: "bring both to one file system" }],
  [
    "EINVAL",
    {
      why: "the file system rejects that name or operation",
      help: "choose another name, or another file system",
    },
  ],
  ["EILSEQ", { why: "its name is not in UTF-8", help: "rename it, or exclude its directory" }],
  [
    "EFBIG",
    { why: "it is larger than the file system or ulimit -f allows", help: "raise the limit, or make it smaller" },
  ],
  ["EMLINK", { why: "it has too many names", help: "copy it instead of linking to it" }],
  ["EIO", { why: "the disk reports an error", help: "check the disk: dmesg" }],
  ["ESTALE", { why: "the network file system has lost it", help: "mount it again, then run again" }],
  ["ENODEV", { why: "the device does not exist", help: "check the mounted file systems: mount" }],
  ["ENXIO", { why: "it is a socket, a pipe or a device that nothing serves", help: "name a regular file" }],
  ["EOPNOTSUPP", { why: "the file system cannot do that", help: "use another file system" }],
  ["ENOTSUP", { why: "the file system cannot do that", help: "use another file system" }],
  ["ENOMEM", { why: "there is not enough memory", help: "end other programs, then run again" }],
  [
    "EAGAIN",
    { why: "the system allows you no more processes or locks just now", help: "run again, or raise ulimit -u" },
  ],
  ["ERR_FS_FILE_TOO_LARGE", { why: "it is too large to be read at once", help: "make it smaller than 2 GiB" }],
]);

/** What was tried, by the system call that failed. */
const TRIED: ReadonlyMap<string, string> = new Map([
  ["open", "be opened"],
  ["read", "be read"],
  ["readlink", "be read"],
  ["scandir", "be listed"],
  ["opendir", "be listed"],
  ["lstat", "be looked at"],
  ["stat", "be looked at"],
  ["realpath", "be looked at"],
  ["mkdir", "be made"],
  ["symlink", "be made"],
  ["write", "be written"],
  ["copyfile", "be copied"],
  ["rename", "be put in its place"],
  ["rm", "be removed"],
  ["unlink", "be removed"],
  ["rmdir", "be removed"],
  ["chmod", "get its permissions"],
  ["fchmod", "get its permissions"],
  ["listen", "be listened at"],
  ["uv_cwd", "be found"],
]);

/** Undefined: no error of the system, or one that nothing but a mistake in inc causes. */
export function meaningOf(code: unknown): Meaning | undefined {
  return typeof code === "string" ? MEANINGS.get(code) : undefined;
}

/** What anything thrown says to a person; undefined: it is a bug of inc, or of the manifest. */
export function explain(error: unknown): readonly Diagnostic[] | undefined {
  if (error instanceof DiagnosticError) return error.diagnostics;
  if (!(error instanceof Error)) return undefined;
  const { code, path, dest, syscall, message } = error as NodeJS.ErrnoException & { readonly dest?: unknown };
  const meaning = meaningOf(code);
  if (meaning === undefined) return undefined;
  const place = typeof dest === "string" ? dest : path;
  const what =
    place !== undefined ? `"${place}"` : syscall === "uv_cwd" ? "the working directory" : "what inc was working on";
  const cannot = `cannot ${TRIED.get(syscall ?? "") ?? "be used"}`;
  return [
    {
      code: "INC1050",
      severity: "error",
      message: `${what} ${cannot}: ${meaning.why} (${code})`,
      notes: [{ message }],
      help: [meaning.help],
    },
  ];
}
