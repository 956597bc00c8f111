import type { JsonObject } from "../../../content/json.ts";
import { canonical } from "../../../fingerprint/canonical.ts";
import type { Hasher } from "../../../host/files/host.ts";
import { type Description, rootsOf, type SetNode } from "../../../model/description.ts";
import type { Digest, Fingerprint } from "../../../model/digest.ts";
import type { Envelope } from "../envelope.ts";
import { field, isDigest, refuse } from "../parse.ts";
import { payloadOf, type RecordPlace } from "../shared-record.ts";
import { isIdentity } from "./description.ts";

/**
 * A recent result of a task, to be found by the task's name: a fingerprint leads to one result, and says nothing of others. It
 * only names a result, whose own record then counts. A task has 16 places for it in each scope, one for each first digit of
 * a fingerprint, so that a writer need not read what is there, and writers at once rarely replace what the other wrote.
 */
export interface RecentResult {
  readonly result: Fingerprint;
  /** Nodes of the sets that it was made of, as far as they fit. */
  readonly nodes: readonly SetNode[];
}

/** A task as all machines name it. */
export interface NamedTask {
  /** Path of the manifest in the workspace. */
  readonly manifest: string;
  readonly task: string;
}

/** First digits of fingerprints. */
const DIGITS = [..."0123456789abcdef"];
/** How many bytes of nodes go with a result: those of about 500 files. */
const LONGEST_NODES = 64 * 1024;

/** All places in which a scope may name recent results of a task. */
export function recentPlaces(of: NamedTask, scope: string, hasher: Hasher): readonly RecordPlace[] {
  return DIGITS.map((digit) => placeOf(of, digit, scope, hasher));
}

/** The place in which a result of a task is named. */
export function recentPlace(of: NamedTask, result: Fingerprint, scope: string, hasher: Hasher): RecordPlace {
  return placeOf(of, result.charAt(0), scope, hasher);
}

function placeOf({ manifest, task }: NamedTask, digit: string, scope: string, hasher: Hasher): RecordPlace {
  return { scope, fingerprint: hasher.digest(canonical(["inc recent 1", manifest, task, digit])) as Fingerprint };
}

export function recentPayload({ result, nodes }: RecentResult, { scope, fingerprint }: RecordPlace): object {
  return { kind: "recent", scope, fingerprint, result, nodes };
}

/** Throws when it is not what is asked for. */
export function parseRecent(envelope: Envelope, place: RecordPlace): RecentResult {
  const { fields } = payloadOf(envelope, "recent", place);
  return { result: field.digest(fields, "result") as Fingerprint, nodes: field.list(fields, "nodes").map(parseNode) };
}

/** The nodes that the sets of a description lead to, those above before those below, until they do not fit. */
export function nodesOf(description: Description, load: (digest: Digest) => SetNode | undefined): readonly SetNode[] {
  const open = new Set(rootsOf(description));
  const nodes: SetNode[] = [];
  let bytes = 0;
  for (const digest of open) {
    const node = load(digest);
    if (node === undefined) continue;
    bytes += JSON.stringify(node).length;
    if (bytes > LONGEST_NODES) break;
    nodes.push(node);
    for (const child of node) if ("node" in child) open.add(child.node);
  }
  return nodes;
}

/** Its digest, which the description of a result vouches for, covers it whole: only what is read of it is checked. */
function parseNode(value: unknown): SetNode {
  const isMember = (member: JsonObject | null): boolean =>
    typeof member?.["name"] === "string" && (isDigest(member["node"]) || isIdentity(member["identity"]));
  return Array.isArray(value) && value.every(isMember) ? value : refuse("has no usable nodes");
}
