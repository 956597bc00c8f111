import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { hasher } from "../../src/host/files/hash.ts";
import { asItIs, unpackedSmall } from "../../src/store/remote/coding.ts";
import { type Envelope, openPayload, unseal } from "../../src/store/remote/envelope.ts";

/** A record as a test looks at it. */
export interface SharedRecord {
  readonly kind: "result" | "found";
  readonly fingerprint: string;
  readonly scope: string;
  readonly attempt: {
    readonly task: string;
    readonly outputs: readonly { readonly path: string; readonly identity: { readonly digest?: string } }[];
  };
  readonly inline: readonly (readonly [digest: string, size: number])[];
  readonly packs: readonly {
    readonly digest: string;
    readonly frames: readonly { readonly blobs: SharedRecord["inline"] }[];
  }[];
}

/** The most bytes of an object that a test makes. */
const LONGEST = 64 * 1024 * 1024;

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
    return this.#blob(recordAt(this.recordOf(task)).attempt.outputs[0]?.identity.digest ?? "");
  }

  /** Paths of the packs of a task's outputs. */
  packsOf(task: string): readonly string[] {
    return recordAt(this.recordOf(task)).packs.map(({ digest }) => this.#blob(digest));
  }

  /** Changes the fields of a task's record, without signing it anew. */
  forge(task: string, change: (text: string) => string): void {
    const path = this.recordOf(task);
    const record = readFileSync(path);
    const start = record.indexOf("\n") + 1;
    const payload = unpackedSmall(record.subarray(start), LONGEST);
    const end = payload.indexOf("\n");
    const text = payload.toString("utf8", 0, end);
    const changed = change(text);
    if (changed === text) throw new Error("the forgery changed nothing");
    const forged = Buffer.concat([Buffer.from(changed), payload.subarray(end)]);
    writeFileSync(path, Buffer.concat([record.subarray(0, start), asItIs(forged)]));
  }

  /** What is not as its name says: torn objects, and records that name blobs which are not there. */
  problems(): readonly string[] {
    const objects = new Set(this.files("blobs").map((path) => basename(path)));
    const torn = this.files("blobs").filter(
      (path) => hasher.digest(unpackedSmall(readFileSync(path), LONGEST)) !== basename(path),
    );
    const incomplete = this.records().flatMap(({ kind, attempt, inline, packs }) => {
      if (kind !== "result") return [];
      const packed = packs.flatMap(({ frames }) => frames.flatMap(({ blobs }) => blobs));
      const there = new Set([...objects, ...[...inline, ...packed].map(([digest]) => digest)]);
      const named = [...packs, ...attempt.outputs.map(({ identity }) => identity)];
      return named.flatMap(({ digest }) => (digest === undefined || there.has(digest) ? [] : [digest]));
    });
    return [...torn, ...incomplete];
  }

  #blob(digest: string): string {
    return join(this.root, "v1/blobs", digest.slice(0, 2), digest);
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function recordAt(path: string): SharedRecord {
  return openPayload(unseal(readFileSync(path)) as Envelope).fields as unknown as SharedRecord;
}
