import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { zstdDecompressSync } from "node:zlib";
import { hasher } from "../../src/host/files/hash.ts";

/** A record as a test looks at it. */
export interface SharedRecord {
  readonly kind: "result" | "found";
  readonly fingerprint: string;
  readonly scope: string;
  readonly attempt: {
    readonly task: string;
    readonly outputs: readonly { readonly path: string; readonly identity: { readonly digest?: string } }[];
  };
}

/** A directory in which workspaces share results. */
export class SharedDirectory {
  readonly root = mkdtempSync(join(tmpdir(), "inc-shared-"));
  readonly url = pathToFileURL(this.root).href;

  /** Paths of the objects of one kind. */
  files(kind: "blobs" | "records" | "tmp"): readonly string[] {
    const directory = join(this.root, "v1", kind);
    if (!existsSync(directory)) return [];
    return readdirSync(directory, { recursive: true, encoding: "utf8" })
      .map((path) => join(directory, path))
      .filter((path) => statSync(path).isFile())
      .sort();
  }

  records(): readonly SharedRecord[] {
    return this.files("records").map((path) => recordAt(path));
  }

  /** Tasks whose results are there, sorted. */
  tasks(): readonly string[] {
    return this.records()
      .flatMap(({ kind, attempt }) => (kind === "result" ? [attempt.task] : []))
      .sort();
  }

  /** Path of the record of a task's result. */
  recordOf(task: string): string {
    const path = this.files("records").find((file) => recordAt(file).attempt?.task === task);
    if (path === undefined) throw new Error(`no result of ${task} is shared`);
    return path;
  }

  /** Path of the blob of a task's only output. */
  blobOf(task: string): string {
    const digest = recordAt(this.recordOf(task)).attempt.outputs[0]?.identity.digest ?? "";
    return join(this.root, "v1/blobs", digest.slice(0, 2), digest);
  }

  /** Changes the payload of a task's record, without signing it anew. */
  forge(task: string, change: (text: string) => string): void {
    const path = this.recordOf(task);
    const text = readFileSync(path, "latin1");
    const end = text.indexOf("\n") + 1;
    const changed = change(text.slice(end));
    if (changed === text.slice(end)) throw new Error("the forgery changed nothing");
    writeFileSync(path, text.slice(0, end) + changed, "latin1");
  }

  /** What is not as its name says: torn objects, and records that name blobs which are not there. */
  problems(): readonly string[] {
    const blobs = new Set(this.files("blobs").map((path) => basename(path)));
    const torn = this.files("blobs").filter((path) => hasher.digest(decoded(readFileSync(path))) !== basename(path));
    const incomplete = this.records()
      .filter(({ kind }) => kind === "result")
      .flatMap(({ attempt }) => attempt.outputs)
      .filter(({ identity }) => identity.digest !== undefined && !blobs.has(identity.digest));
    return [...torn, ...incomplete.map(({ path }) => path)];
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function recordAt(path: string): SharedRecord {
  const text = readFileSync(path, "utf8");
  return JSON.parse(text.slice(text.indexOf("\n") + 1)) as SharedRecord;
}

function decoded(bytes: Buffer): Buffer {
  if (bytes[0] === 0) return bytes.subarray(1);
  return zstdDecompressSync(bytes.subarray(1));
}
