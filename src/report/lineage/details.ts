import type { LineageNode, RecordNode, VersionNode } from "../../lineage/document.ts";
import { defined } from "../../model/defined.ts";
import type { Origin, RayRun } from "../../model/entry.ts";
import { formatDuration } from "../text/duration.ts";
import { formatSize } from "../text/size.ts";
import { localTime } from "../text/time.ts";
import { commandText, madeBy, valueText } from "./lines.ts";

/** Everything about a node, as pairs of a label and a text. */
export function lineageDetails(node: LineageNode): readonly (readonly [label: string, text: string])[] {
  return node.kind === "version" ? versionDetails(node) : recordDetails(node);
}

function versionDetails(node: VersionNode): readonly (readonly [string, string])[] {
  const { name, n, type, identity, size, cause, time, run, stale = [], message } = node;
  const value = valueText(node);
  const yes = (label: string, holds: boolean): (readonly [string, string])[] => (holds ? [[label, "yes"]] : []);
  return [
    ["object", name],
    ["kind", type],
    ["version", n === 0 ? "a state without a number" : String(n)],
    ...(value === undefined ? [] : [["value", value] as const]),
    ...(type === "env" ? [] : [digestDetail(identity)]),
    ...(n === 0
      ? []
      : ([
          ["size", formatSize(size)],
          ["time", localTime(time)],
          ["cause", cause],
        ] as const)),
    ...(run === undefined ? [] : [["run", run] as const]),
    ...(message === undefined ? [] : [["message", message] as const]),
    ...yes("from cache", node.cached === true),
    ...yes("latest", node.latest),
    ...yes("bytes no longer stored", node.evicted === true),
    ...yes("bytes in the shared cache only", node.deferred === true),
    ...(stale.length === 0 ? [] : [["stale, because these changed", stale.join(", ")] as const]),
    ...yes("more was left out", node.truncated === true),
  ];
}

function digestDetail(identity: VersionNode["identity"]): readonly [string, string] {
  return identity.type === "symlink" ? ["symlink to", identity.text] : ["digest", identity.digest];
}

function recordDetails(node: RecordNode): readonly (readonly [string, string])[] {
  const named = (label: string, values: Readonly<Record<string, unknown>>): (readonly [string, string])[] =>
    Object.entries(values).map(([name, value]) => [`${label} ${name}`, plain(value)]);
  const ended = node.exit === undefined ? node.outcome : `${node.outcome} (exit ${node.exit})`;
  return [
    ["task", node.task],
    ["manifest", node.manifest],
    ["command", commandText(node)],
    ["outcome", node.signal === undefined ? ended : `${ended}, ${node.signal}`],
    ...(node.accepted === undefined ? [] : [["accepted result of", node.accepted] as const]),
    ["started", localTime(node.started)],
    ["took", formatDuration(node.duration)],
    ["run", node.run],
    ["executor", `${node.executor} on ${node.host}`],
    ...(node.cluster === undefined ? [] : clusterDetails(node.cluster)),
    ...(node.origin === undefined ? [] : originDetails(node.origin)),
    ["reason", node.reason],
    ...named("param", node.params),
    ...named("env", node.env),
    ...named("tool", node.tools),
    ["code", node.code],
    ["environment", node.environment],
    ["fingerprint", node.fingerprint],
    ["record", node.id],
    ...(node.truncated === true ? [["more was left out", "yes"] as const] : []),
  ];
}

function clusterDetails({ ray, node, task }: RayRun): readonly (readonly [string, string])[] {
  return [
    ["Ray", ray],
    ["Ray's node", node],
    ["Ray's task", task],
  ];
}

function originDetails({ remote, scope, builder, ci, url }: Origin): readonly (readonly [string, string])[] {
  return [
    ["made by", madeBy({ builder, ...defined({ ci }) })],
    ...(url === undefined ? [] : [["page of that run", url] as const]),
    ["found in", `${remote} (${scope})`],
  ];
}

/** The digest of a secret is not shown. */
function plain(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if ("kind" in value && value.kind === "secret") return "(secret)";
  if ("kind" in value && value.kind === "unset") return "(not set)";
  const { kind: _, ...rest } = value as Record<string, unknown>;
  return Object.values(rest).join("@");
}
