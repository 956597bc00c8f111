import { readFileSync } from "node:fs";
import { hasher } from "../../host/files/hash.ts";
import { SMALL_FILE } from "../../host/files/host.ts";
import type { Digest } from "../../model/digest.ts";
import { bothDigests } from "./both-digests.ts";
import type { Driver } from "./driver.ts";
import { Unbringable } from "./inputs.ts";
import type { RayInput } from "./protocol.ts";
import type { NamedTool } from "./spec.ts";

type FileInput = RayInput & { readonly type: "file" };

/** What a request for an attempt holds of its inputs. */
export interface SentInputs {
  readonly inputs: readonly RayInput[];
  /** Small files that the driver does not have, in base64. */
  readonly blobs: Readonly<Record<Digest, string>>;
}

/**
 * The names of content in the cluster. Its stores name it by SHA-256, which a worker can check with what Python has; that a file
 * has both digests was seen in one pass over it.
 */
export class ContentNames {
  readonly #names = new Map<Digest, string>();

  add(digest: Digest, sha256: string): void {
    this.#names.set(digest, sha256);
  }

  get(digest: Digest): string | undefined {
    return this.#names.get(digest);
  }

  /** Reads a file here, unless its digest is known. Throws `Unbringable` when it is another file by now. */
  async ofFile(digest: Digest, source: string, path: string): Promise<string> {
    const known = this.#names.get(digest);
    if (known !== undefined) return known;
    const { digest: actual, sha256 } = await bothDigests(source);
    if (actual !== digest) throw new Unbringable(path, "changed");
    this.#names.set(digest, sha256);
    return sha256;
  }
}

/** Decides how each input travels: a small file with the request, once; a larger one by its name, once for the whole cluster. */
export async function sendInputs(
  inputs: readonly RayInput[],
  driver: Driver,
  names: ContentNames,
): Promise<SentInputs> {
  const blobs: Record<Digest, string> = {};
  const large = inputs.filter((input): input is FileInput => input.type === "file" && input.size > SMALL_FILE);
  const unknown = [...new Set(large.map(({ digest }) => digest))].filter((digest) => names.get(digest) === undefined);
  if (unknown.length > 0) for (const [digest, [sha256]] of await driver.find(unknown)) names.add(digest, sha256);
  const sent: RayInput[] = [];
  for (const input of inputs) {
    if (input.type !== "file") sent.push(input);
    else if (input.size > SMALL_FILE)
      sent.push({ ...input, sha256: await names.ofFile(input.digest, input.source ?? "", input.path) });
    else {
      const { source, ...small } = input;
      sent.push(small);
      if (!driver.hasSmall(input.digest)) blobs[input.digest] = readSmall(input.digest, source ?? "", input.path);
    }
  }
  return { inputs: sent, blobs };
}

function readSmall(digest: Digest, source: string, path: string): string {
  const bytes = readFileSync(source);
  if (hasher.digest(bytes) !== digest) throw new Unbringable(path, "changed");
  return bytes.toString("base64");
}

/** What the tools of a command have to be on the worker. */
export async function toolNames(
  tools: readonly NamedTool[],
  names: ContentNames,
): Promise<readonly { readonly name: string; readonly sha256: string }[]> {
  return Promise.all(
    tools.map(async ({ name, digest, path }) => ({ name, sha256: await names.ofFile(digest, path, path) })),
  );
}
