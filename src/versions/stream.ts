import { createReadStream, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { quoteWord } from "../graph/shell-text.ts";
import { makeOwnDirectory } from "../host/files/own-files.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import type { Version } from "../model/entry.ts";
import { contentOf } from "../model/identity.ts";
import { temporaryIn } from "../store/blobs/temporary.ts";
import type { Store } from "../store/store.ts";
import { missingBytes } from "./missing-bytes.ts";

/**
 * Larger blobs, in bytes, are copied to a temporary file first, so that no byte is given out before the whole blob was
 * verified.
 */
const AT_ONCE = 32 * 1024 * 1024;

/**
 * Writes the bytes of a version to a stream; of a symlink what it led to. An error of the stream itself ends the writing, and
 * is left to those that listen for it. Throws a DiagnosticError.
 */
export async function stream(store: Store, version: Version, to: Writable): Promise<void> {
  const { size } = version;
  const identity = contentOf(version.identity);
  if (identity.type === "directory") throw new DiagnosticError(streamless(version));
  if (identity.type === "symlink") return send(Readable.from([Buffer.from(identity.text)]), to);
  if (size <= AT_ONCE) {
    const bytes = store.blobs.read(identity.digest);
    if (bytes === undefined) throw new DiagnosticError(missingBytes(store.history, version));
    return send(Readable.from([bytes]), to);
  }
  const file = openVerified(store, identity.digest);
  if (file === undefined) throw new DiagnosticError(missingBytes(store.history, version));
  return send(createReadStream("", { fd: file }), to);
}

/** A file without a name that holds a blob, verified: it goes with its last descriptor, however this process ends. */
function openVerified(store: Store, digest: Digest): number | undefined {
  const directory = scratchDirectory(store);
  const path = join(directory, `${process.pid}-get`);
  try {
    return store.blobs.restore(digest, path, 0o600) ? openSync(path, "r") : undefined;
  } finally {
    rmSync(path, { force: true });
    if (directory !== temporaryIn(store.directory)) rmSync(directory, { recursive: true, force: true });
  }
}

/** The directory for the temporary file: in the store, or elsewhere when the store is read-only. */
function scratchDirectory(store: Store): string {
  if (!store.isWritable) return mkdtempSync(join(tmpdir(), "inc-get-"));
  makeOwnDirectory(temporaryIn(store.directory));
  return temporaryIn(store.directory);
}

async function send(from: Readable, to: Writable): Promise<void> {
  let failed: unknown;
  const note = (error: unknown): void => {
    failed = error;
  };
  to.once("error", note);
  try {
    await pipeline(from, to, { end: false });
  } catch (error) {
    if (error !== failed) throw error;
  } finally {
    to.off("error", note);
  }
}

function streamless({ name, n }: Version): Diagnostic {
  return {
    code: "INC1040",
    severity: "error",
    message: `${name}@${n} is a directory, which cannot be written to stdout`,
    help: [`write it to a directory: inc get ${quoteWord(`${name}@${n}`)} -o DIRECTORY`],
  };
}
