import { hostname, userInfo } from "node:os";
import { mergeContent, whyNever } from "../content/merge.ts";
import type { MergeConflict } from "../content/merged.ts";
import type { MergeFunction } from "../manifest/declaration.ts";
import { defined } from "../model/defined.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Version, WriterIdentity } from "../model/entry.ts";
import type { MergeKind, ObjectSource } from "../model/graph.ts";
import { objectName } from "../model/object-name.ts";
import type { Result } from "../model/result.ts";
import type { Published } from "../store/publish.ts";
import type { Store } from "../store/store.ts";
import type { Taken } from "./take.ts";

/** What a writer wants. */
export interface PutRequest {
  readonly object: ObjectSource;
  readonly taken: Taken;
  /** Takes it once more, when an eviction removed its bytes on the way. */
  readonly again: () => Result<Taken>;
  /** The number of the version that the writer started from; 0: there was none. Absent: it does not matter. */
  readonly ifVersion?: number;
  readonly message?: string;
  /** With the policy `{ merge: "function" }`. */
  readonly merge?: MergeFunction;
}

export type Put =
  | Exclude<Published, { readonly kind: "conflict" | "lost" }>
  /** Nothing was published, and why. */
  | { readonly kind: "conflict"; readonly latest: Version | undefined; readonly diagnostic: Diagnostic };

/** Larger ones are not merged: a merge holds all three versions in memory several times over. */
const MERGE_LIMIT = 64 * 1024 * 1024;

/**
 * Publishes a version by compare-and-set. When the latest version is not the one that the writer started from, the
 * object's policy decides; what it makes of the latest version is put against that one, and so on until nobody was faster.
 *
 *     look ──▶ same base, or none asked for ──▶ CAS ──▶ published
 *       ▲  └─▶ other base: reject ─▶ conflict │ wins ─▶ CAS │ merge ─▶ conflict, or CAS
 *       └──────────────────────── someone was faster ◀──────────┘
 */
export async function put(store: Store, request: PutRequest): Promise<Put> {
  const { object, ifVersion, message } = request;
  const name = objectName("object", object.name);
  const merge = typeof object.conflict === "string" ? {} : object.conflict;
  const common = { name, keep: object.keep, ...merge, writer: writerHere(), ...defined({ message }) };
  const unfit = unfitToPut(store, request);
  if (unfit !== undefined) return { kind: "conflict", latest: store.history.latest(name), diagnostic: unfit };
  let { taken } = request;
  for (let lost = 0; ; ) {
    store.refresh();
    const latest = store.history.latest(name);
    const n = latest?.n ?? 0;
    const problem = ifVersion === undefined ? undefined : unknownBase(store, name, object.name, ifVersion);
    if (problem !== undefined) return { kind: "conflict", latest, diagnostic: problem };
    let published: Published;
    if (ifVersion === undefined || object.conflict === "last-write-wins")
      published = store.publish({ ...common, ...taken, ...defined({ base: ifVersion }) });
    else if (ifVersion === n) published = store.publish({ ...common, ...taken, expected: n });
    else if (object.conflict === "reject" || latest === undefined)
      return { kind: "conflict", latest, diagnostic: rejected(object, latest, ifVersion) };
    else {
      const merged = await mergeWith(store, { ...request, taken }, latest, ifVersion, object.conflict.merge);
      if (!merged.ok) return { kind: "conflict", latest, diagnostic: merged.diagnostic };
      const digest = store.blobs.putBytes(merged.bytes, true);
      published = store.publish({
        ...common,
        identity: { type: "file", digest, executable: latest.identity.type === "file" && latest.identity.executable },
        size: merged.bytes.length,
        ...defined({ permissions: latest.permissions }),
        expected: n,
        merged: { ...taken, base: ifVersion },
      });
    }
    if (published.kind === "conflict") continue;
    if (published.kind !== "lost") return published;
    lost += 1;
    const again = lost < LOST_AT_MOST ? request.again() : undefined;
    if (again?.ok !== true) return { kind: "conflict", latest, diagnostic: again?.diagnostics[0] ?? lostBytes(object) };
    taken = again.value;
  }
}

/** How often an eviction may take the bytes of one put before it is given up. */
const LOST_AT_MOST = 20;

/** What no policy helps: no base where one is required, or what could never be merged with anything. */
function unfitToPut(store: Store, { object, taken, ifVersion }: PutRequest): Diagnostic | undefined {
  if (object.requireBase === true && ifVersion === undefined) return baseless(object);
  const kind = typeof object.conflict === "string" ? undefined : object.conflict.merge;
  if (kind === undefined || kind === "function") return undefined;
  if (taken.identity.type !== "file") return unmergeable(object, kind, "it is a directory");
  const bytes = bytesOf(store, taken);
  const problem = bytes === undefined ? undefined : whyNever(kind, bytes);
  return problem === undefined ? undefined : unmergeable(object, kind, problem);
}

function writerHere(): WriterIdentity {
  return { user: userName(), host: hostname(), pid: process.pid };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // It has no name on this machine.
    return String(process.getuid?.() ?? "");
  }
}

type Merged =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

async function mergeWith(
  store: Store,
  { object, taken, merge }: PutRequest,
  latest: Version,
  base: number,
  kind: MergeKind,
): Promise<Merged> {
  const versions = [store.history.version(latest.name, base), latest, taken] as const;
  const refuse = (why: readonly string[]): Merged => ({ ok: false, diagnostic: unmerged(object, latest, base, why) });
  const bytes = versions.map((version) => bytesOf(store, version));
  const [from, ours, theirs] = bytes;
  if (from === undefined || ours === undefined || theirs === undefined) {
    const what = ["the version it started from", "the latest version", "the new one"][bytes.indexOf(undefined)];
    return refuse([`${what} is no file of at most 64 MiB that is still in the store`]);
  }
  if (kind !== "function") {
    const result = mergeContent(kind, from, ours, theirs);
    return result.ok ? result : refuse(result.conflicts.map(conflictText));
  }
  try {
    const result = await (merge as MergeFunction)(from, ours, theirs);
    return { ok: true, bytes: typeof result === "string" ? Buffer.from(result) : result };
  } catch (error) {
    return refuse([`its function says: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** No bytes for the version 0, which stands for nothing. */
function bytesOf(store: Store, version: Taken | undefined): Uint8Array | undefined {
  if (version === undefined) return new Uint8Array();
  if (version.identity.type !== "file" || version.size > MERGE_LIMIT) return undefined;
  return store.blobs.read(version.identity.digest);
}

function conflictText({ where, ours, theirs }: MergeConflict): string {
  return `${where}: ${ours} there, ${theirs} here`;
}

function unknownBase(store: Store, full: string, name: string, n: number): Diagnostic | undefined {
  const count = store.history.count(full);
  if (n <= count) return undefined;
  return {
    code: "INC1007",
    severity: "error",
    message: `there is no ${name}@${n}: the object "${name}" has ${count === 0 ? "no version yet" : count === 1 ? "one version" : `${count} versions`}`,
    help: [`inc log ${name} shows them; --if-version 0 means that there is none yet`],
  };
}

/** Bytes that were in the store already may be evicted between the look and the commit. */
function lostBytes({ name }: ObjectSource): Diagnostic {
  return {
    code: "INC3014",
    severity: "error",
    message: `the bytes for "${name}" were evicted from the store while they were published: nothing was published`,
    help: ["put again"],
  };
}

function baseless({ name }: ObjectSource): Diagnostic {
  return {
    code: "INC3019",
    severity: "error",
    message: `"${name}" takes a new version only with the one that it was made from: nothing was published`,
    notes: [{ message: "the manifest says so: requireBase: true" }],
    help: [`look which one that was (inc log ${name}), then say it: --if-version N; 0: there is none yet`],
  };
}

function unmergeable({ name }: ObjectSource, kind: string, why: string): Diagnostic {
  return {
    code: "INC3012",
    severity: "error",
    message: `what was put as "${name}" could never be merged: ${why}; nothing was published`,
    notes: [{ message: `the manifest says that its versions are merged as ${kind}` }],
    help: ["put it right and put again, or choose another policy in the manifest"],
  };
}

function rejected({ name }: ObjectSource, latest: Version | undefined, base: number): Diagnostic {
  const n = latest?.n ?? 0;
  return {
    code: "INC3010",
    severity: "error",
    message:
      base === 0
        ? `"${name}" has a version already, ${name}@${n}, and this was to be the first`
        : `conflict: you started from ${name}@${base}, but ${name}@${n} is now the latest; nothing was published`,
    notes: latest === undefined ? [] : [{ message: aboutVersion(name, latest) }],
    help: [
      base === 0 ? `look at it: inc get ${name}@${n}` : `see what changed: inc diff ${name}@${base} ${name}@${n}`,
      `then put again with --if-version ${n}, or let inc merge: object("${name}", { conflict: { merge: "json" } })`,
    ],
  };
}

function unmerged({ name }: ObjectSource, latest: Version, base: number, why: readonly string[]): Diagnostic {
  const shown = why.slice(0, 10).map((message) => ({ message }));
  const more = why.length - shown.length;
  return {
    code: "INC3012",
    severity: "error",
    message: `conflict: you started from ${name}@${base}, and your changes cannot be merged with ${name}@${latest.n}; nothing was published`,
    notes: [{ message: aboutVersion(name, latest) }, ...shown, ...(more > 0 ? [{ message: `and ${more} more` }] : [])],
    help: [
      `get the latest, work it in, and put again: inc get ${name}@${latest.n} -o FILE, then --if-version ${latest.n}`,
    ],
  };
}

function aboutVersion(name: string, { n, time, message }: Version): string {
  const said = message === undefined ? "" : `: ${message}`;
  return `${name}@${n} was published at ${new Date(time).toISOString()}${said}`;
}
