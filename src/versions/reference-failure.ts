import type { Diagnostic } from "../model/diagnostic.ts";
import { shortDigest } from "../model/digest.ts";
import type { Version } from "../model/entry.ts";
import { parseName } from "../model/object-name.ts";
import { suggestion } from "../model/suggestion.ts";
import type { History } from "../store/history.ts";
import { describeSelector, type Selector } from "./selector.ts";

/** How many candidates a message names. */
const NAMED = 5;

/** Nothing has that name: neither object nor glob. */
export function unknownObject(name: string, history: History): Diagnostic {
  return {
    code: "INC1020",
    severity: "error",
    message: `there is no object "${name}"`,
    notes: [{ message: "an object is known once a task used or made it, or once it was published" }],
    help: [likely(name, history) ?? "inc list shows the tasks of this pipeline, and what they make"],
  };
}

function likely(name: string, history: History): string | undefined {
  const directory = name.endsWith("/") ? name : `${name}/`;
  const [below] = history.names(directory, `${name.replace(/\/$/, "")}0`);
  if (below !== undefined) return `that is a directory with objects below it: "${directory}**" names them all`;
  const names = [...history.names()];
  // People leave out directories and prefixes: what ends alike is nearer than any spelling.
  const tail = names.find((known) => known.endsWith(`/${name}`) || parseName(known).id === name);
  const near = tail ?? suggestion(name, names);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

/** The object is known, but not in that version. */
export function noSuchVersion(name: string, selector: Selector, history: History): Diagnostic {
  const count = history.count(name);
  const [newest] = history.versions(name);
  const oldest = history.version(name, 1);
  const message =
    selector.kind === "time"
      ? `"${name}" had no version by ${new Date(selector.time).toISOString()}`
      : selector.kind === "digest"
        ? `no version of "${name}" has a digest that begins with ${selector.prefix}`
        : selector.kind === "number"
          ? `"${name}" has no version ${selector.n}`
          : `"${name}" has only side versions`;
  const span =
    selector.kind === "time"
      ? `its first version is ${name}@1, of ${new Date(oldest?.time ?? 0).toISOString()}`
      : `its newest version is ${name}@${newest?.n ?? count}`;
  return {
    code: "INC1021",
    severity: "error",
    message,
    notes: [{ message: span }],
    help: [`inc log ${name} shows them`],
  };
}

/** @param versions With that prefix, at least two. */
export function ambiguousDigest(prefix: string, versions: readonly Version[]): Diagnostic {
  return {
    code: "INC1022",
    severity: "error",
    message: `${describeSelector({ kind: "digest", prefix })} matches ${versions.length} versions`,
    notes: versions.slice(0, NAMED).map((version) => ({ message: describe(version) })),
    help: ["write more of the digest, or the number of the version"],
  };
}

export function unknownDigest(prefix: string): Diagnostic {
  return {
    code: "INC1021",
    severity: "error",
    message: `no version of any object has a digest that begins with ${prefix}`,
    help: ["inc log NAME shows the digests of an object's versions"],
  };
}

export function severalObjects(text: string, versions: readonly Version[]): Diagnostic {
  const rest = versions.length - NAMED;
  return {
    code: "INC1024",
    severity: "error",
    message: `"${text}" matches ${versions.length} objects, but one is needed`,
    notes: [
      ...versions.slice(0, NAMED).map((version) => ({ message: describe(version) })),
      ...(rest > 0 ? [{ message: `and ${rest} more` }] : []),
    ],
    help: ["name one of them"],
  };
}

function describe({ name, n, identity }: Version): string {
  return `${name}@${n}${identity.type === "symlink" ? "" : ` (${shortDigest(identity.digest)})`}`;
}
