import type { Digest } from "./digest.ts";
import { own } from "./own.ts";

/**
 * What a path is, as far as a task's result can depend on it. Times, owners and other mode bits are no part of it. A
 * directory's digest is the digest of its canonical listing (see `Listing`). A symlink is its text; an input that is a
 * symlink, or holds some, also carries the identity of what they resolve to, because a command that opens them reads
 * that.
 */
export type Identity =
  | { readonly type: "file"; readonly digest: Digest; readonly executable: boolean }
  /** `targets`: of an input, what the symlinks in it lead to, by their paths; absent: there are none. */
  | { readonly type: "directory"; readonly digest: Digest; readonly targets?: Readonly<Record<string, Identity>> }
  | { readonly type: "symlink"; readonly text: string; readonly target?: Identity };

/** What a source is now, by its name (see `object-name.ts`); undefined: it is gone, or it is no path. */
export type SourceIdentities = (name: string) => Identity | undefined;

/** One line of a directory's canonical listing; `path` is relative to the directory, with `/`. */
export type ListingEntry =
  | {
      readonly path: string;
      readonly type: "file";
      readonly digest: Digest;
      readonly executable: boolean;
      readonly size: number;
    }
  | { readonly path: string; readonly type: "symlink"; readonly text: string }
  /** Only directories that hold nothing are listed: the others follow from their contents. */
  | { readonly path: string; readonly type: "directory" };

/** Sorted by the UTF-8 bytes of `path`. */
export type Listing = readonly ListingEntry[];

/** What is read at a path: of a symlink what it leads to, where that is known. */
export function contentOf(identity: Identity): Identity {
  return identity.type === "symlink" && identity.target !== undefined ? contentOf(identity.target) : identity;
}

/** The identity as an output has it: without what its links lead to, which was not written with them. */
export function asOutput(identity: Identity): Identity {
  if (identity.type === "symlink") return { type: "symlink", text: identity.text };
  return identity.type === "directory" ? { type: "directory", digest: identity.digest } : identity;
}

/** True when both describe the same content. */
export function sameIdentity(a: Identity | undefined, b: Identity | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.type === "file") return b.type === "file" && a.digest === b.digest && a.executable === b.executable;
  if (a.type === "directory")
    return b.type === "directory" && a.digest === b.digest && sameTargets(a.targets ?? {}, b.targets ?? {});
  return b.type === "symlink" && a.text === b.text && sameIdentity(a.target, b.target);
}

function sameTargets(a: Readonly<Record<string, Identity>>, b: Readonly<Record<string, Identity>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => sameIdentity(own(a, name), own(b, name)));
}
