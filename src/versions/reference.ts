import { resolve } from "node:path";
import { matcher } from "../files/glob.ts";
import { defined } from "../model/defined.ts";
import { isSideVersion, type Version } from "../model/entry.ts";
import { objectName, parseName, pathName } from "../model/object-name.ts";
import { workspacePath } from "../model/path.ts";
import { hasWildcard, literalBase } from "../model/pattern.ts";
import type { Result } from "../model/result.ts";
import type { History } from "../store/history.ts";
import { ambiguousDigest, noSuchVersion, severalObjects, unknownDigest, unknownObject } from "./reference-failure.ts";
import { parseSelector, type Selector } from "./selector.ts";

/** One way to read what was typed. */
export interface Reading {
  /** An object as typed, or a glob of objects; empty: any object (`@ab12cd`). */
  readonly name: string;
  /** Absent: none was typed. */
  readonly selector?: Selector;
}

/** What references are resolved against. */
export interface ReferenceScope {
  readonly history: History;
  /** Both absolute. */
  readonly cwd: string;
  readonly workspace: string;
  /** Milliseconds since the epoch, for `@{2 hours ago}`. */
  readonly now: number;
}

/** The objects that a reference names, sorted by their bytes. */
export interface FoundObjects {
  readonly names: readonly string[];
  /** Absent: none was typed, so `latest` is meant where a version is wanted. */
  readonly selector?: Selector;
}

/**
 * Reads a reference: `name`, `name@3`, `name@latest`, `name@{2 hours ago}`, `name@ab12cd`, `@ab12cd`. Names hold any character, an
 * `@` too: the last one is the selector's, if what follows is one, and the whole text is a name if there is no such object.
 * Gives the readings in the order in which they are tried.
 */
export function parseReference(text: string, now: number): Result<readonly Reading[]> {
  const at = text.lastIndexOf("@");
  const selector = at < 0 ? undefined : parseSelector(text.slice(at + 1), now);
  if (selector === undefined || (at === 0 && isWhole(selector))) return { ok: true, value: [{ name: text }] };
  if (!selector.ok) return selector;
  return { ok: true, value: [{ name: text.slice(0, at), selector: selector.value }, { name: text }] };
}

/** Without a name only a digest says anything. */
function isWhole(selector: Result<Selector>): boolean {
  return selector.ok && selector.value.kind !== "digest" && !("prefix" in selector.value);
}

/** The objects that a reference names: one, or all that a glob matches. Fails when there is none. */
export function findObjects(text: string, place: ReferenceScope): Result<FoundObjects> {
  const readings = parseReference(text, place.now);
  if (!readings.ok) return readings;
  for (const { name, selector } of readings.value) {
    const names = name === "" ? [] : namesOf(name, place);
    if (names.length > 0) return { ok: true, value: { names, ...defined({ selector }) } };
  }
  return { ok: false, diagnostics: [unknownObject(readings.value[0]?.name || text, place.history)] };
}

/** The one version that a reference means. */
export function resolveReference(text: string, place: ReferenceScope): Result<Version> {
  const versions = resolveReferences(text, place);
  if (!versions.ok || versions.value.length === 1) return versions.ok ? one(versions.value) : versions;
  return { ok: false, diagnostics: [severalObjects(text, versions.value)] };
}

function one(versions: readonly Version[]): Result<Version> {
  return { ok: true, value: versions[0] as Version };
}

/** A version of each object that a reference names. Of a glob those that have no such version are left out. */
export function resolveReferences(text: string, place: ReferenceScope): Result<readonly Version[]> {
  const prefix = /^@([0-9a-f]{4,64})$/i.exec(text)?.[1]?.toLowerCase();
  if (prefix !== undefined && namesOf(text, place).length === 0) return findDigest(prefix, place.history);
  const found = findObjects(text, place);
  if (!found.ok) return found;
  const { names, selector = { kind: "latest" } } = found.value;
  const results = names.map((name) => selectVersion(name, selector, place.history));
  const versions = results.flatMap((result) => (result.ok ? [result.value] : []));
  return versions.length > 0 ? { ok: true, value: versions } : (results[0] as Result<never>);
}

/** The version of an object that a selector means. Only a number and a digest reach side versions. */
export function selectVersion(name: string, selector: Selector, history: History): Result<Version> {
  switch (selector.kind) {
    case "latest":
      return found(history.latest(name), name, selector, history);
    case "number": {
      const version = history.version(name, selector.n);
      if (version !== undefined || selector.prefix === undefined) return found(version, name, selector, history);
      return selectDigest(name, { kind: "digest", prefix: selector.prefix }, history);
    }
    case "time":
      for (const version of history.versions(name))
        if (version.time <= selector.time && !isSideVersion(version)) return { ok: true, value: version };
      return found(undefined, name, selector, history);
    case "digest":
      return selectDigest(name, selector, history);
  }
}

function selectDigest(
  name: string,
  selector: Selector & { readonly kind: "digest" },
  history: History,
): Result<Version> {
  const matching = new Map<string, Version>();
  for (const version of history.versions(name)) {
    const digest = digestOf(version);
    if (digest?.startsWith(selector.prefix) === true && !matching.has(digest)) matching.set(digest, version);
  }
  if (matching.size > 1) return { ok: false, diagnostics: [ambiguousDigest(selector.prefix, [...matching.values()])] };
  return found([...matching.values()][0], name, selector, history);
}

function found(version: Version | undefined, name: string, selector: Selector, history: History): Result<Version> {
  return version === undefined
    ? { ok: false, diagnostics: [noSuchVersion(name, selector, history)] }
    : { ok: true, value: version };
}

/** The versions of any object with a digest. There is no index by digest: this reads every version there is. */
function findDigest(prefix: string, history: History): Result<readonly Version[]> {
  const matching = new Map<string, Version>();
  for (const name of history.names())
    for (const version of history.versions(name))
      if (digestOf(version)?.startsWith(prefix) === true && !matching.has(name)) matching.set(name, version);
  if (matching.size === 1) return { ok: true, value: [...matching.values()] };
  const diagnostic = matching.size === 0 ? unknownDigest(prefix) : ambiguousDigest(prefix, [...matching.values()]);
  return { ok: false, diagnostics: [diagnostic] };
}

/**
 * Names in the store for one as typed: exactly that object, seen from the current directory, then from the workspace; then
 * a published object (`rates` for `object:rates`) or the value of a task; then a glob, likewise.
 */
function namesOf(typed: string, place: ReferenceScope): readonly string[] {
  const { history } = place;
  const paths = parseName(typed).kind === "path" ? pathsOf(typed, place) : [];
  const exact = [...paths.map(pathName), ...prefixed(typed)].find((name) => history.count(name) > 0);
  if (exact !== undefined) return [exact];
  if (!hasWildcard(typed)) return [];
  for (const pattern of [...paths, ...prefixed(typed)]) {
    const names = [...matching(pattern, history)];
    if (names.length > 0) return names;
  }
  return [];
}

/** A name as typed, and that of a published object or a value. */
function prefixed(typed: string): readonly string[] {
  return [typed, objectName("object", typed), objectName("value", typed)];
}

/** A path as typed, as one of the workspace: from the current directory, then from the workspace itself. */
function pathsOf(typed: string, { cwd, workspace }: ReferenceScope): readonly string[] {
  return [cwd, workspace].map((from) => workspacePath(workspace, resolve(from, typed)));
}

function* matching(pattern: string, history: History): IterableIterator<string> {
  const matches = matcher(pattern);
  const base = literalBase(pattern);
  // All names below "base/" sort between it and "base0": the zero follows the slash.
  for (const name of base === "" ? history.names() : history.names(`${base}/`, `${base}0`))
    if (matches(name)) yield name;
}

function digestOf({ identity }: Version): string | undefined {
  return identity.type === "symlink" ? undefined : identity.digest;
}
