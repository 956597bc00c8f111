import type { Change, CodeChange, EnvValue, LineChange, ToolIdentity } from "../../model/description.ts";
import { shortDigest } from "../../model/digest.ts";
import type { Identity } from "../../model/identity.ts";
import { isValueName, pathName } from "../../model/object-name.ts";
import { printable } from "../../model/printable.ts";
import { paint } from "../text/color.ts";

/** Every change in full, one or more lines each: what `inc why` shows. */
export function describeChanges(changes: readonly Change[], { color }: { readonly color: boolean }): string[] {
  return changes.flatMap((change) => lines(change, color));
}

function lines(change: Change, color: boolean): string[] {
  const removed = (text: string): string => paint("red", `- ${printable(text)}`, color);
  const added = (text: string): string => paint("green", `+ ${printable(text)}`, color);
  const lineChange = (of: LineChange): string[] =>
    [...of.removed.map(removed), ...of.added.map(added)].map((line) => `  ${line}`);
  switch (change.aspect) {
    case "command":
      return ["command", ...lineChange(change)];
    case "outputs":
    case "inputs":
      return [
        change.aspect,
        ...change.before.map((path) => `  ${removed(path)}`),
        ...change.after.map((path) => `  ${added(path)}`),
      ];
    case "file":
      return [
        `${printable(nameOf(change.path))}${printable(origin(change))}  ${fromTo(change.before, change.after, identityText)}`,
      ];
    case "env":
      return [`variable ${printable(change.name)}  ${envChange(change.before, change.after)}`];
    case "param":
      return [`parameter ${printable(change.name)}  ${fromTo(change.before, change.after, printable)}`];
    case "tool":
      return [`tool ${printable(change.name)}  ${fromTo(change.before, change.after, toolText)}`];
    case "object":
      return [`object ${printable(change.name)}  ${fromTo(change.before, change.after, identityText)}`];
    case "code":
      return codeLines(change, lineChange);
    case "version":
      return [`version of the code  ${fromTo(change.before, change.after, (text) => JSON.stringify(printable(text)))}`];
    case "node":
      return [`Node  ${fromTo(change.before, change.after, printable)}`];
    case "runtimeEnv":
      return [`what Ray sets up  ${fromTo(change.before, change.after, printable)}`];
    case "entry":
      return [`an upstream task without outputs  ${fromTo(change.before, change.after, shortDigest)}`];
    case "service":
      return [`a service  ${fromTo(change.before, change.after, shortDigest)}`];
    default:
      return [`${change.aspect}  ${printable(change.before)} → ${printable(change.after)}`];
  }
}

/** `"parse" in lib/csv.ts:3 changed, reached by clean → tidy → parse` */
function codeLines(
  { parts, ...change }: Extract<Change, { aspect: "code" }>,
  lineChange: (of: LineChange) => readonly string[],
): string[] {
  if (parts.length === 0)
    return [`code  ${fromTo(change.before, change.after, shortDigest)}, by values that it captured or asked inc for`];
  return parts.flatMap((part) => [partLine(part), ...(part.text === undefined ? [] : lineChange(part.text))]);
}

function partLine({ name, before, after, place }: CodeChange): string {
  const how = before === undefined ? "came" : after === undefined ? "went" : "changed";
  if (place === undefined) return `code  ${quoted(name)} ${how}`;
  const {
    module,
    lines: [from, to],
    way,
  } = place;
  const where = module === "" ? "" : ` in ${printable(module)}:${from}${to > from ? `-${to}` : ""}`;
  const reached = way.length > 1 ? `, reached by ${way.map(printable).join(" → ")}` : "";
  return `code  ${quoted(name)}${where} ${how}${reached}`;
}

function quoted(name: string): string {
  return /^(?:a statement|the default export|package )/.test(name) ? printable(name) : `"${printable(name)}"`;
}

/** A value by its name, which says that it is one. */
function nameOf(path: string): string {
  const name = pathName(path);
  return isValueName(name) ? name : `file ${path}`;
}

function origin(change: Extract<Change, { aspect: "file" }>): string {
  if (change.found === true) return " (found by a depfile)";
  return change.set === undefined || change.set === change.path ? "" : ` (in ${change.set})`;
}

function fromTo<T>(before: T | undefined, after: T | undefined, text: (value: T) => string): string {
  if (before === undefined) return after === undefined ? "changed" : `new: ${text(after)}`;
  return after === undefined ? `gone: was ${text(before)}` : `${text(before)} → ${text(after)}`;
}

function identityText(identity: Identity): string {
  if (identity.type === "symlink") return `symlink to ${printable(identity.text)}`;
  const executable = identity.type === "file" && identity.executable ? " executable" : "";
  return `${shortDigest(identity.digest)}${executable}`;
}

/** Neither a secret nor its digest is shown. */
function envChange(before: EnvValue | undefined, after: EnvValue | undefined): string {
  if (before?.kind === "secret" || after?.kind === "secret") return "changed (secret)";
  return fromTo(before, after, (value) => (value.kind === "value" ? JSON.stringify(value.value) : "not set"));
}

function toolText(tool: ToolIdentity): string {
  return tool.kind === "package" ? printable(`${tool.name}@${tool.version}`) : shortDigest(tool.digest);
}
