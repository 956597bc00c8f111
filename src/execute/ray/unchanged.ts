import { closeSync, openSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { OWN_FILE } from "../../host/files/own-files.ts";
import { writeAll } from "../../host/files/write-all.ts";
import { randomHex } from "../../host/random.ts";
import type { Attempt } from "../executor.ts";
import { bothDigests } from "./both-digests.ts";
import type { MadeFile } from "./protocol.ts";
import type { ContentNames } from "./send-inputs.ts";

/** Where copies are made. */
interface Copying {
  readonly attempt: Pick<Attempt, "earlier" | "signal">;
  readonly names: ContentNames;
  /** Absolute path of a directory. */
  readonly temporary: string;
}

/**
 * Copies of those of the files that an attempt elsewhere has made which are what the earlier result of the task had there, so that they
 * need not come from where they were made: SHA-256 → absolute path. What is not as it was here is no obstacle: it comes.
 */
export async function copyUnchanged(
  files: readonly MadeFile[],
  copying: Copying,
): Promise<ReadonlyMap<string, string>> {
  const copies = new Map<string, string>();
  for (const file of files) {
    if (copies.has(file.sha256)) continue;
    // By the id of this process the next inc knows what a killed one left.
    const copy = join(copying.temporary, `${process.pid}-${randomHex(8)}.unchanged`);
    if (await isCopied(file, copy, copying)) copies.set(file.sha256, copy);
    else rmSync(copy, { force: true });
  }
  return copies;
}

async function isCopied({ path, sha256, size }: MadeFile, copy: string, { attempt, names }: Copying): Promise<boolean> {
  try {
    const earlier = attempt.earlier(path);
    if (earlier === undefined || statSync(earlier.file).size !== size) return false;
    const known = names.get(earlier.digest);
    if (known !== undefined && known !== sha256) return false;
    const both = await copyVerified(earlier.file, copy, attempt.signal);
    if (both.digest === earlier.digest) names.add(both.digest, both.sha256);
    return both.sha256 === sha256;
  } catch {
    // The store lost it meanwhile, the attempt is to end, or the disk is full, which shows again when it comes.
    return false;
  }
}

async function copyVerified(source: string, copy: string, signal: AbortSignal): ReturnType<typeof bothDigests> {
  const file = openSync(copy, "wx", OWN_FILE);
  try {
    return await bothDigests(source, (piece) => {
      signal.throwIfAborted();
      writeAll(file, piece);
    });
  } finally {
    closeSync(file);
  }
}

export function removeCopies(copies: ReadonlyMap<string, string>): void {
  for (const copy of copies.values()) rmSync(copy, { force: true });
}
