import { createWriteStream, mkdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Identity } from "../model/identity.ts";
import type { Result } from "../model/result.ts";
import { Artifacts } from "./artifacts.ts";
import type { Open } from "./open.ts";

/** Bytes that the store has taken, durably with its next commit. `size` in bytes, of a directory its files' sum. */
export interface Taken {
  readonly identity: Identity;
  readonly size: number;
}

/** Takes a file or directory from anywhere. A symlink is followed, those inside a directory are kept as what they say. */
export function takePath({ workspace, store }: Open, path: string): Result<Taken> {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    return { ok: false, diagnostics: [unusable(path, (error as NodeJS.ErrnoException).code ?? "")] };
  }
  const artifacts = new Artifacts(workspace, store);
  const artifact = artifacts.inspect({ name: "", path: real });
  if (artifact === undefined) return { ok: false, diagnostics: [unusable(path, "ENOENT")] };
  if (!artifacts.take(artifact, true)) return { ok: false, diagnostics: [unsteady(path)] };
  const size = artifact.identity.type === "directory" ? artifact.size : statSync(real).size;
  return { ok: true, value: { identity: artifact.identity, size } };
}

export function takeBytes({ store }: Open, bytes: Uint8Array): Taken {
  const digest = store.putBytes(bytes, true);
  return { identity: { type: "file", digest, executable: false }, size: bytes.length };
}

/** Takes all that a stream gives, by a file, so that its length does not matter. */
export async function takeStream(open: Open, stream: Readable): Promise<Result<Taken>> {
  mkdirSync(open.workspace.temporary, { recursive: true });
  const path = join(open.workspace.temporary, `put-${process.pid}-${Date.now()}`);
  try {
    await pipeline(stream, createWriteStream(path, { mode: 0o600, flags: "wx" }));
    return takePath(open, path);
  } finally {
    rmSync(path, { force: true });
  }
}

function unusable(path: string, code: string): Diagnostic {
  const missing = code === "ENOENT" || code === "ENOTDIR";
  return {
    code: missing ? "INC1006" : "INC4101",
    severity: "error",
    message: missing ? `there is no file "${path}"` : `"${path}" cannot be read (${code})`,
    help: [missing ? "give the path of a file or directory, or - for stdin" : `look at it: ls -l ${path}`],
  };
}

function unsteady(path: string): Diagnostic {
  return {
    code: "INC3011",
    severity: "error",
    message: `"${path}" changed while it was read: nothing was published`,
    help: ["try again when nobody writes to it"],
  };
}
