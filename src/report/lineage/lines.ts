import type { RecordNode, UsedPart, VersionNode } from "../../lineage/document.ts";
import type { ToolIdentity } from "../../model/description.ts";
import { shortDigest } from "../../model/digest.ts";
import type { Origin } from "../../model/entry.ts";
import { printable } from "../../model/printable.ts";
import type { paint } from "../text/color.ts";
import { formatDuration } from "../text/duration.ts";
import { formatSize } from "../text/size.ts";
import { localTime } from "../text/time.ts";

/** A piece of a line, and its color. */
export interface Segment {
  readonly text: string;
  readonly style?: Parameters<typeof paint>[0];
}

const STYLES = {
  source: "green",
  artifact: "bold",
  object: "magenta",
  param: "cyan",
  env: "cyan",
  tool: "cyan",
} as const satisfies Record<VersionNode["type"], Segment["style"]>;

/** The line of a version: its name and value, and when and how it was made. @param element The one that was used of it. */
export function versionLine(node: VersionNode, element?: UsedPart): readonly Segment[] {
  const { n, type, stale = [] } = node;
  const name = printable(node.name);
  return [
    { text: n === 0 ? `${name} (a state without a number)` : `${name}@${n}`, style: STYLES[type] },
    { text: `  ${describeVersion(node)}`, style: "dim" },
    ...(element === undefined ? [] : [elementSegment(element)]),
    ...(type === "artifact" || type === "object" ? missing(node) : []),
    ...(stale.length > 0 ? [{ text: `  stale: ${staleText(stale)}`, style: "yellow" } as const] : []),
    ...(node.truncated ? [{ text: "  …" }] : []),
  ];
}

function elementSegment({ key, digest }: UsedPart): Segment {
  return { text: `  element ${printable(key)}${digest === undefined ? "" : ` ${shortDigest(digest)}`}` };
}

function missing({ evicted, deferred }: VersionNode): readonly Segment[] {
  if (deferred === true) return [{ text: "  bytes in the shared cache only", style: "yellow" }];
  return evicted === true ? [{ text: "  bytes no longer stored", style: "yellow" }] : [];
}

/** A version in a few words: its name and number, and the value if it has one. */
export function versionTitle(node: VersionNode): string {
  const title = node.n === 0 ? node.name : `${node.name}@${node.n}`;
  const value = valueText(node);
  return value === undefined ? title : `${title} = ${value}`;
}

/**
 * The value of a parameter, a variable or a tool, unless it is a secret; undefined: it has none, or it is not known.
 */
export function valueText({ type, value }: VersionNode): string | undefined {
  if (value === undefined) return type === "env" ? "not stored" : undefined;
  if (value === "null") return "not set";
  if (type !== "tool") return value;
  const tool = JSON.parse(value) as ToolIdentity;
  return tool.kind === "package" ? `${tool.name} ${tool.version}` : shortDigest(tool.digest);
}

function describeVersion(node: VersionNode): string {
  const { n, size, identity, time, cause, cached, message } = node;
  const value = valueText(node);
  if (value !== undefined) return printable(value);
  const digest = identity.type === "symlink" ? `→ ${printable(identity.text)}` : shortDigest(identity.digest);
  if (n === 0) return digest;
  const how = cause === "made" || cause === "used" ? (cached ? "from cache" : "") : cause;
  const facts = [digest, formatSize(size), localTime(time), how, message === undefined ? "" : printable(message)];
  return facts.filter((fact) => fact !== "").join("  ");
}

function staleText(stale: readonly string[]): string {
  const rest = stale.length - 3;
  return `${stale
    .slice(0, 3)
    .map((name) => printable(name))
    .join(", ")}${rest > 0 ? ` and ${rest} more` : ""} changed`;
}

/** The lines of an attempt: its task and outcome, its command, and where it ran. */
export function recordLines(node: RecordNode): readonly (readonly Segment[])[] {
  const { task, outcome, exit, duration, started, run, code, environment, origin } = node;
  const ended = outcome === "ok" ? "ran" : exit === undefined ? outcome : `${outcome} (exit ${exit})`;
  const how = node.accepted === undefined ? `${ended} ${formatDuration(duration)}` : "accepted with inc accept";
  return [
    [
      { text: printable(task), style: outcome === "ok" ? "blue" : "red" },
      { text: `  ${how} at ${localTime(started)} in run ${run}`, style: "dim" },
      ...(node.truncated ? [{ text: "  …" }] : []),
    ],
    [{ text: `$ ${commandText(node)}`, style: "dim" }],
    [
      {
        text: `code ${shortDigest(code)}  environment ${shortDigest(environment)}  ${node.executor} on ${printable(node.host)}`,
        style: "dim",
      },
    ],
    ...(origin === undefined ? [] : [[{ text: `made by ${madeBy(origin)}`, style: "dim" } as const]]),
  ];
}

/** Who made a result that came from another machine. */
export function madeBy({ builder, ci }: Pick<Origin, "builder" | "ci">): string {
  return printable(ci === undefined ? builder : `${ci} on ${builder}`);
}

/** A command in one line. */
export function commandText({
  command,
  shell,
  isForAll = false,
}: Pick<RecordNode, "command" | "shell"> & { readonly isForAll?: boolean }): string {
  if (shell === "function") return isForAll ? "runAll()" : "run()";
  if (shell === "python") return "a Python function";
  const text =
    shell === "exec"
      ? command.map((word) => (/[\s'"]/.test(word) ? JSON.stringify(word) : word)).join(" ")
      : command.join(" ");
  const joined = text.replace(/\s*\\\n\s*/g, " ");
  return printable(joined.trim().replace(/\s*\n\s*/g, "; "));
}
