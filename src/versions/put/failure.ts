import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Version } from "../../model/entry.ts";
import type { ObjectSource } from "../../model/graph.ts";

/** How many reasons against a merge a message names. */
const NAMED = 10;

/** @param count How many versions the object has. */
export function unknownBase({ name }: ObjectSource, n: number, count: number): Diagnostic {
  const has = count === 0 ? "no version yet" : count === 1 ? "one version" : `${count} versions`;
  return {
    code: "INC1007",
    severity: "error",
    message: `there is no ${name}@${n}: the object "${name}" has ${has}`,
    help: [`inc log ${name} shows them; --if-version 0 means that there is none yet`],
  };
}

/** Bytes that were in the store already may be evicted before the commit. */
export function lostBytes({ name }: ObjectSource): Diagnostic {
  return {
    code: "INC3014",
    severity: "error",
    message: `the bytes for "${name}" were evicted from the store while they were published: nothing was published`,
    help: ["publish it again"],
  };
}

export function baseless({ name }: ObjectSource): Diagnostic {
  return {
    code: "INC3019",
    severity: "error",
    message: `"${name}" requires the version that a new one is based on: nothing was published`,
    notes: [{ message: "the manifest says so: requireBase: true" }],
    help: [`inc log ${name} shows the versions; name the one that you started from: --if-version N, or 0 for none`],
  };
}

export function unmergeable({ name }: ObjectSource, kind: string, why: string): Diagnostic {
  return {
    code: "INC3012",
    severity: "error",
    message: `the new version of "${name}" could never be merged: ${why}; nothing was published`,
    notes: [{ message: `the manifest declares that its versions merge as ${kind}` }],
    help: ["correct the content and publish it again, or choose another policy in the manifest"],
  };
}

export function rejected({ name }: ObjectSource, latest: Version | undefined, base: number): Diagnostic {
  const n = latest?.n ?? 0;
  return {
    code: "INC3010",
    severity: "error",
    message:
      base === 0
        ? `"${name}" already has a version, ${name}@${n}, so this cannot be the first`
        : `conflict: you started from ${name}@${base}, but ${name}@${n} is now the latest; nothing was published`,
    notes: latest === undefined ? [] : [{ message: aboutVersion(name, latest) }],
    help: [
      base === 0 ? `look at it: inc get ${name}@${n}` : `see what changed: inc diff ${name}@${base} ${name}@${n}`,
      `then publish again with --if-version ${n}, or let inc merge: object("${name}", { conflict: { merge: "json" } })`,
    ],
  };
}

/** @param why One reason each; only the first ones are named. */
export function unmerged({ name }: ObjectSource, latest: Version, base: number, why: readonly string[]): Diagnostic {
  const shown = why.slice(0, NAMED).map((message) => ({ message }));
  const more = why.length - shown.length;
  return {
    code: "INC3012",
    severity: "error",
    message: `conflict: you started from ${name}@${base}, and your changes cannot be merged with ${name}@${latest.n}; nothing was published`,
    notes: [{ message: aboutVersion(name, latest) }, ...shown, ...(more > 0 ? [{ message: `and ${more} more` }] : [])],
    help: [
      `get the latest version, merge it by hand, and publish again: inc get ${name}@${latest.n} -o FILE, then --if-version ${latest.n}`,
    ],
  };
}

function aboutVersion(name: string, { n, time, message }: Version): string {
  const said = message === undefined ? "" : `: ${message}`;
  return `${name}@${n} was published at ${new Date(time).toISOString()}${said}`;
}
