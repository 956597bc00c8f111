import { hostname, userInfo } from "node:os";
import type { MergeFunction } from "../../manifest/declaration.ts";
import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Version, WriterIdentity } from "../../model/entry.ts";
import type { ObjectSource } from "../../model/graph.ts";
import { objectName } from "../../model/object-name.ts";
import type { Result } from "../../model/result.ts";
import type { Publication, Published } from "../../store/publish.ts";
import type { Store } from "../../store/store.ts";
import { baseless, lostBytes, rejected, unknownBase, unmergeable, unmerged } from "./failure.ts";
import { mergeVersions, whyNeverMerged } from "./merge.ts";
import type { Taken } from "./take.ts";

/** A version to publish. */
export interface PutRequest {
  readonly object: ObjectSource;
  readonly taken: Taken;
  /** Takes the content into the store once more, after an eviction removed its bytes before the commit. */
  readonly again: () => Result<Taken>;
  /** The number of the version that the writer started from; 0: there was none. Absent: it does not matter. */
  readonly ifVersion?: number;
  readonly message?: string;
  /** With the policy `{ merge: "function" }`. */
  readonly merge?: MergeFunction;
}

export type Put =
  | Exclude<Published, { readonly kind: "conflict" | "lost" }>
  /** Nothing was published; the diagnostic says why. */
  | { readonly kind: "conflict"; readonly latest: Version | undefined; readonly diagnostic: Diagnostic };

/** How often an eviction may take the bytes of one put before it is given up. */
const LOST_AT_MOST = 20;

/**
 * Publishes a version by compare-and-set. When the latest version is not the one that the writer started from, the
 * object's policy decides; what it makes of the latest version is put against that one, until no other writer was faster.
 *
 *     read ──▶ same base, or none asked for ──▶ CAS ──▶ published
 *       ▲  └─▶ other base: reject ─▶ conflict │ wins ─▶ CAS │ merge ─▶ conflict, or CAS
 *       └──────────────── another writer was faster ◀───────────┘
 */
export async function put(store: Store, request: PutRequest): Promise<Put> {
  const { object } = request;
  const name = objectName("object", object.name);
  const unfit = unfitToPut(store, request);
  if (unfit !== undefined) return { kind: "conflict", latest: store.history.latest(name), diagnostic: unfit };
  let { taken } = request;
  for (let lost = 0; ; ) {
    store.refresh();
    const latest = store.history.latest(name);
    const next = await nextVersion(store, { ...request, taken }, latest);
    if (!next.ok) return { kind: "conflict", latest, diagnostic: next.diagnostic };
    const published = store.publish(next.publication);
    if (published.kind === "conflict") continue;
    if (published.kind !== "lost") return published;
    lost += 1;
    const again = lost < LOST_AT_MOST ? request.again() : undefined;
    if (again?.ok !== true) return { kind: "conflict", latest, diagnostic: again?.diagnostics[0] ?? lostBytes(object) };
    taken = again.value;
  }
}

/** Why a put fails whatever the policy: it has no base where one is required, or could never be merged with anything. */
function unfitToPut(store: Store, { object, taken, ifVersion }: PutRequest): Diagnostic | undefined {
  if (object.requireBase === true && ifVersion === undefined) return baseless(object);
  if (typeof object.conflict === "string") return undefined;
  const kind = object.conflict.merge;
  const problem = whyNeverMerged(store, taken, kind);
  return problem === undefined ? undefined : unmergeable(object, kind, problem);
}

type Next =
  | { readonly ok: true; readonly publication: Publication }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

/** The content to publish on top of the latest version, by the object's policy. */
async function nextVersion(store: Store, request: PutRequest, latest: Version | undefined): Promise<Next> {
  const { object, taken, ifVersion: base } = request;
  const common = commonTo(request);
  if (base === undefined) return { ok: true, publication: { ...common, ...taken } };
  const count = store.history.count(common.name);
  if (base > count) return { ok: false, diagnostic: unknownBase(object, base, count) };
  if (object.conflict === "last-write-wins") return { ok: true, publication: { ...common, ...taken, base } };
  const n = latest?.n ?? 0;
  if (base === n) return { ok: true, publication: { ...common, ...taken, expected: n } };
  if (object.conflict === "reject" || latest === undefined)
    return { ok: false, diagnostic: rejected(object, latest, base) };
  const input = { base: store.history.version(common.name, base), latest, proposed: taken };
  const merged = await mergeVersions(store, input, object.conflict.merge, request.merge);
  if (!merged.ok) return { ok: false, diagnostic: unmerged(object, latest, base, merged.why) };
  const digest = store.blobs.putBytes(merged.bytes, true);
  const executable = latest.identity.type === "file" && latest.identity.executable;
  const publication: Publication = {
    ...common,
    identity: { type: "file", digest, executable },
    size: merged.bytes.length,
    ...defined({ permissions: latest.permissions }),
    expected: n,
    merged: { ...taken, base },
  };
  return { ok: true, publication };
}

function commonTo({
  object,
  message,
}: PutRequest): Pick<Publication, "name" | "keep" | "merge" | "writer" | "message"> {
  const merge = typeof object.conflict === "string" ? {} : object.conflict;
  const name = objectName("object", object.name);
  return { name, keep: object.keep, ...merge, writer: writerHere(), ...defined({ message }) };
}

function writerHere(): WriterIdentity {
  return { user: userName(), host: hostname(), pid: process.pid };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // The user id has no name on this machine.
    return String(process.getuid?.() ?? "");
  }
}
