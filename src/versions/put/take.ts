import { createReadStream, createWriteStream, realpathSync, rmSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { makeOwnDirectory } from "../../host/files/own-files.ts";
import { defined } from "../../model/defined.ts";
import { type Diagnostic, DiagnosticError } from "../../model/diagnostic.ts";
import type { Identity, Listing } from "../../model/identity.ts";
import { isWithin } from "../../model/path.ts";
import type { Permissions } from "../../model/permissions.ts";
import type { Result } from "../../model/result.ts";
import { guard } from "../../store/errors.ts";
import { Artifacts } from "../../workspace/artifacts.ts";
import type { Open } from "../../workspace/open-workspace.ts";

/** Bytes that the store has taken, durably with its next commit. `size` in bytes, of a directory its files' sum. */
export interface Taken {
  readonly identity: Identity;
  readonly size: number;
  /** Absent of what came through a pipe. */
  readonly permissions?: Permissions;
}

/**
 * Takes what an argument names: `-` and pipes (`<(…)`, `/dev/stdin`) are read to their end.
 * @param use Is given what takes it: once, or again when the bytes were evicted on the way.
 */
export function takeArgument<T>(
  open: Open,
  argument: string,
  use: (take: () => Result<Taken>) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (argument === "-") return takeStream(open, process.stdin, use);
  return isPipe(argument) ? takeStream(open, createReadStream(argument), use) : use(() => takePath(open, argument));
}

function isPipe(path: string): boolean {
  try {
    return statSync(path).isFIFO();
  } catch {
    // Taking it reports why it cannot be read.
    return false;
  }
}

/** Takes a file or directory from anywhere. A symlink is followed; those in a directory may not lead out of it. */
function takePath(open: Open, path: string): Result<Taken> {
  try {
    const real = realpathSync(path);
    return isWithin(open.store.directory, real) ? { ok: false, diagnostics: [theStore(path)] } : take(open, real, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof DiagnosticError) throw error;
    return { ok: false, diagnostics: [unusable(path, code)] };
  }
}

/** @param shown As it was typed. */
function take({ workspace, store }: Open, real: string, shown: string): Result<Taken> {
  const artifacts = new Artifacts(workspace, store);
  const artifact = artifacts.inspect({ name: "", path: real });
  if (artifact === undefined) return { ok: false, diagnostics: [unusable(shown, "ENOENT")] };
  const leading = linksOut(real, workspace.index.identifyTree(real)?.listing ?? []);
  if (leading.length > 0) return { ok: false, diagnostics: [leadingOut(shown, leading)] };
  if (!artifacts.take(artifact, true)) return { ok: false, diagnostics: [unsteady(shown)] };
  const size = artifact.identity.type === "directory" ? artifact.size : statSync(real).size;
  const { identity, permissions } = artifact;
  return { ok: true, value: { identity, size, ...defined({ permissions }) } };
}

/** Symlinks that lead out of a directory: the version would not contain their targets. */
function linksOut(root: string, listing: Listing): string[] {
  return listing.flatMap((entry) => {
    if (entry.type !== "symlink") return [];
    const end = join(dirname(join(root, entry.path)), entry.text);
    return isAbsolute(entry.text) || !isWithin(end, root) ? [entry.path] : [];
  });
}

export function takeBytes({ store }: Open, bytes: Uint8Array): Taken {
  const digest = store.blobs.putBytes(bytes, true);
  return { identity: { type: "file", digest, executable: false }, size: bytes.length };
}

/** Takes all that a stream gives, by a file, so that its length does not matter. */
async function takeStream<T>(
  open: Open,
  stream: Readable,
  use: (take: () => Result<Taken>) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { directory } = open.store;
  const { temporary } = open.workspace;
  guard(directory, () => makeOwnDirectory(temporary));
  const path = join(temporary, `put-${process.pid}-${Date.now()}`);
  try {
    const written = pipeline(stream, createWriteStream(path, { mode: 0o600, flags: "wx" }));
    const failure = await written.catch((error: unknown) => error);
    if (failure !== undefined)
      guard(directory, () => {
        throw failure;
      });
    return await use(() => {
      const taken = take(open, path, "-");
      if (!taken.ok) return taken;
      // The permissions are those of a file of inc's own.
      const { identity, size } = taken.value;
      return { ok: true, value: { identity, size } };
    });
  } finally {
    rmSync(path, { force: true });
  }
}

function theStore(path: string): Diagnostic {
  return {
    code: "INC3015",
    severity: "error",
    message: `"${path}" contains the store of inc: nothing was published`,
    help: ["publish a directory without .inc"],
  };
}

function leadingOut(path: string, links: readonly string[]): Diagnostic {
  const [first, ...more] = links;
  return {
    code: "INC3016",
    severity: "error",
    message: `the symlink "${first}"${more.length === 0 ? "" : ` (and ${more.length} more)`} leads out of "${path}": nothing was published`,
    notes: [{ message: "its target could change without a new version" }],
    help: ["replace links with their targets: cp -rL FROM TO, then publish TO"],
  };
}

function unusable(path: string, code: string): Diagnostic {
  const missing = code === "ENOENT" || code === "ENOTDIR";
  return {
    code: missing ? "INC1006" : "INC4101",
    severity: "error",
    message: missing ? `there is no file "${path}"` : `"${path}" cannot be read (${code})`,
    help: [missing ? "name a file or directory, or - for stdin" : `check it: ls -l ${path}`],
  };
}

function unsteady(path: string): Diagnostic {
  return {
    code: "INC3011",
    severity: "error",
    message: `"${path}" changed while it was read: nothing was published`,
    help: ["try again once no program writes to it"],
  };
}
