import { defined } from "../model/defined.ts";
import type {
  Change,
  Description,
  EnvValue,
  FunctionDescription,
  LineChange,
  SetNode,
  ToolIdentity,
} from "../model/description.ts";
import type { Digest, Fingerprint } from "../model/digest.ts";
import { type Identity, sameIdentity } from "../model/identity.ts";
import { compareBytes } from "../model/order.ts";
import { own } from "../model/own.ts";
import { diffSets, NO_SET } from "./sets.ts";

/** Every difference between two descriptions, in the order in which a person would look: command first, files last. */
export function diffDescriptions(
  before: Description,
  after: Description,
  load: (digest: Digest) => SetNode | undefined,
): Change[] {
  return [
    ...(["platform", "shell", "cwd"] as const).flatMap((aspect): Change[] =>
      before[aspect] === after[aspect] ? [] : [{ aspect, before: before[aspect], after: after[aspect] }],
    ),
    ...(before.runtimeEnv === after.runtimeEnv
      ? []
      : [{ aspect: "runtimeEnv" as const, ...pair(before.runtimeEnv, after.runtimeEnv) }]),
    ...diffCommands(commandLines(before), commandLines(after)),
    ...diffFunctions(before.function, after.function, load),
    ...diffOutputs(outputLines(before), outputLines(after)),
    ...diffRecords(before.params, after.params, (a, b) => a === b).map(
      ({ name, a, b }): Change => ({ aspect: "param", name, ...pair(a?.toString(), b?.toString()) }),
    ),
    ...diffRecords<EnvValue>(before.env, after.env, sameJson).map(
      ({ name, a, b }): Change => ({ aspect: "env", name, ...pair(a, b) }),
    ),
    ...diffRecords<ToolIdentity>(before.tools, after.tools, sameJson).map(
      ({ name, a, b }): Change => ({ aspect: "tool", name, ...pair(a, b) }),
    ),
    ...diffRecords<Identity>(before.files, after.files, sameIdentity).map(
      ({ name, a, b }): Change => ({ aspect: "file", path: name, ...pair(a, b) }),
    ),
    ...diffRecords<Identity>(before.objects ?? {}, after.objects ?? {}, sameIdentity).map(
      ({ name, a, b }): Change => ({ aspect: "object", name, ...pair(a, b) }),
    ),
    ...diffAllSets(before, after, load),
    ...diffFound(before, after),
    ...diffFingerprints("entry", before.entries, after.entries),
    ...diffFingerprints("service", before.services ?? [], after.services ?? []),
  ];
}

function commandLines(description: Description): readonly string[] {
  const stdio = Object.entries(description.stdio ?? {}).map(([stream, path]) => `${stream}: ${path}`);
  return [...description.command.flatMap((part) => part.split("\n")), ...stdio];
}

function outputLines(description: Description): string[] {
  const outputs = description.outputs.map(({ name, path, type, value }) => {
    if (value !== undefined) return `value: ${value}`;
    return `${name === "" ? "" : `${name}: `}${path}${type === "directory" ? "/" : ""}`;
  });
  const depfiles = description.depfiles.map((depfile) =>
    typeof depfile === "string" ? depfile : `${depfile.path} (relative to ${depfile.relativeTo})`,
  );
  return [...outputs, ...depfiles];
}

function diffCommands(before: readonly string[], after: readonly string[]): Change[] {
  const change = changedLines(before, after);
  return change.removed.length + change.added.length === 0 ? [] : [{ aspect: "command", ...change }];
}

/** Lines that went and lines that came, after what both begin and end with was cut away. */
export function changedLines(before: readonly string[], after: readonly string[]): LineChange {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end))
    end += 1;
  return { removed: before.slice(start, before.length - end), added: after.slice(start, after.length - end) };
}

function diffFunctions(
  before: FunctionDescription | undefined,
  after: FunctionDescription | undefined,
  load: (digest: Digest) => SetNode | undefined,
): Change[] {
  const [a, b] = [inputLines(before), inputLines(after)];
  return [
    ...diffCode(before, after, load),
    ...(before?.node === after?.node ? [] : [{ aspect: "node", ...pair(before?.node, after?.node) } as const]),
    ...(sameJson(a, b) ? [] : [{ aspect: "inputs", before: a, after: b } as const]),
  ];
}

function diffCode(
  before: FunctionDescription | undefined,
  after: FunctionDescription | undefined,
  load: (digest: Digest) => SetNode | undefined,
): Change[] {
  if (before?.code === after?.code) return [];
  if (before?.version !== after?.version)
    return [{ aspect: "version", ...pair(before?.version, after?.version) } as const];
  const both = before?.parts !== undefined && after?.parts !== undefined;
  const parts = both ? diffSets(before.parts, after.parts, load) : [];
  return [
    {
      aspect: "code",
      ...pair(before?.code, after?.code),
      parts: parts.map((change) => ({ name: change.path, ...pair(digestIn(change.before), digestIn(change.after)) })),
    },
  ];
}

function digestIn(identity: Identity | undefined): Digest | undefined {
  return identity?.type === "file" ? identity.digest : undefined;
}

function inputLines(described: FunctionDescription | undefined): string[] {
  const inputs = Object.entries(described?.inputs ?? {}).map(([label, content]) => `${label}: ${content.join(", ")}`);
  return described?.key === undefined ? inputs : [`its key among units: ${described.key}`, ...inputs];
}

function diffOutputs(before: readonly string[], after: readonly string[]): Change[] {
  return sameJson(before, after) ? [] : [{ aspect: "outputs", before, after }];
}

function diffAllSets(before: Description, after: Description, load: (digest: Digest) => SetNode | undefined): Change[] {
  return diffRecords(before.sets, after.sets, (a, b) => a === b).flatMap(({ name, a, b }) =>
    diffSets(a ?? NO_SET, b ?? NO_SET, load).map(
      (change): Change => ({ aspect: "file", set: name, ...change, path: change.path === "" ? name : change.path }),
    ),
  );
}

function diffFound(before: Description, after: Description): Change[] {
  const same = (a: Identity | null | undefined, b: Identity | null | undefined): boolean =>
    sameIdentity(a ?? undefined, b ?? undefined);
  return diffRecords<Identity | null>(before.found ?? {}, after.found ?? {}, same).map(
    ({ name, a, b }): Change => ({ aspect: "file", path: name, found: true, ...pair(a ?? undefined, b ?? undefined) }),
  );
}

function diffFingerprints(
  aspect: "entry" | "service",
  before: readonly Fingerprint[],
  after: readonly Fingerprint[],
): Change[] {
  const gone = before.filter((fingerprint) => !after.includes(fingerprint));
  const come = after.filter((fingerprint) => !before.includes(fingerprint));
  return Array.from(
    { length: Math.max(gone.length, come.length) },
    (_, i): Change => ({ aspect, ...pair(gone[i], come[i]) }),
  );
}

function diffRecords<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
  same: (a: T | undefined, b: T | undefined) => boolean,
): { name: string; a: T | undefined; b: T | undefined }[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareBytes);
  return names.map((name) => ({ name, a: own(before, name), b: own(after, name) })).filter(({ a, b }) => !same(a, b));
}

function pair<T>(before: T | undefined, after: T | undefined): { before?: T; after?: T } {
  return defined({ before, after });
}

function sameJson<T>(a: T, b: T): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
