import type { DirectoryEntry, Hasher } from "../host/files/host.ts";
import { defined } from "../model/defined.ts";
import type { Digest } from "../model/digest.ts";
import { type Identity, sameIdentity } from "../model/identity.ts";
import { dictionary } from "../model/own.ts";
import { overlap } from "../model/path.ts";
import type { IndexContext, Known } from "./context.ts";
import { MAX_LINKS } from "./disk.ts";
import type { Moment } from "./epoch.ts";
import type { Listings } from "./listings.ts";
import type { Records } from "./records.ts";
import { isExecutable } from "./records.ts";
import { readTree, type Tree, type TreeSource } from "./tree.ts";

/**
 * The state of following the symlinks in one directory: that directory, and the directories met on the way, by path.
 */
interface Followed {
  /** Absolute. */
  readonly root: string;
  readonly met: Map<string, Identity>;
}

/** How a path was reached: through how many links, and, from a directory, by which way. */
interface Way {
  readonly links: number;
  readonly followed?: Followed;
}

const DIRECT: Way = { links: 0 };

/**
 * The identity of whatever is at a path: of a file by its record, of a directory by the records of all that is in it,
 * of a symlink by its text and by what it leads to.
 */
export class Identities implements TreeSource {
  readonly hasher: Hasher;
  readonly #context: IndexContext;
  readonly #records: Records;
  readonly #listings: Listings;
  readonly #trees = new Map<string, { readonly tree: Tree; readonly seen: Moment }>();
  /** Directories with symlinks in them, by what those lead to as well. */
  readonly #linked = new Map<string, { readonly identity: Identity; readonly seen: Moment }>();

  constructor(context: IndexContext, records: Records, listings: Listings, hasher: Hasher) {
    this.hasher = hasher;
    this.#context = context;
    this.#records = records;
    this.#listings = listings;
  }

  identify(path: string): Identity | undefined {
    return this.#identify(path, DIRECT);
  }

  link(path: string): string | undefined {
    const record = this.#records.look(path);
    return record === "directory" ? undefined : record?.text;
  }

  size(path: string): number {
    return this.#records.last(path)?.stat.size ?? 0;
  }

  list(path: string): readonly DirectoryEntry[] | undefined {
    return this.#listings.list(path);
  }

  /** Notes the type in a directory's listing, which is newer than the record: another type outdates the record. */
  expect(path: string, type: DirectoryEntry["type"]): void {
    if (this.#records.last(path)?.stat.type !== type) this.#records.outdate(path);
  }

  tree(path: string): Tree | undefined {
    const known = this.seenTree(path);
    if (known !== undefined) return known;
    const tree = readTree(path, this);
    if (tree !== undefined) this.#trees.set(path, { tree, seen: this.#context.epoch.now });
    return tree;
  }

  /** A directory's content as this epoch saw it, without a look. */
  seenTree(path: string): Tree | undefined {
    const known = this.#trees.get(path);
    return this.#context.epoch.holds(known?.seen) ? known?.tree : undefined;
  }

  /** A directory's content as it is now; what this epoch saw of files that are still there holds. */
  treeNow(path: string): Tree | undefined {
    this.#listings.relist(path);
    return readTree(path, this);
  }

  /** True for a directory whose content was ever examined as a whole and is not forgotten. */
  hasTree(path: string): boolean {
    return this.#trees.has(path);
  }

  /** True while every directory of this epoch, as `relist` left them, has the content that it was identified by. */
  treesHold(): boolean {
    const { epoch } = this.#context;
    return [...this.#trees].every(
      ([path, { tree, seen }]) => !epoch.holds(seen) || sameIdentity(readTree(path, this)?.identity, tree.identity),
    );
  }

  /** Forgets directories as wholes: they are put together again from what is known of their parts. */
  clear(): void {
    this.#trees.clear();
    this.#linked.clear();
  }

  forget(path: string): void {
    this.#trees.delete(path);
  }

  /** Forgets what links in directories lead to, since any of them may lead to a forgotten path. */
  forgetLinked(): void {
    this.#linked.clear();
  }

  #identify(path: string, way: Way): Identity | undefined {
    const record = this.#records.look(path);
    if (record === "directory") return this.#identifyDirectory(path, way);
    return record === undefined ? undefined : this.#identityOf(record, way);
  }

  #identityOf(record: Known, way: Way): Identity | undefined {
    if (record.stat.type === "directory") return this.#identifyDirectory(record.path, way);
    if (record.stat.type === "file")
      return { type: "file", digest: record.digest as Digest, executable: isExecutable(record.stat) };
    const text = record.text as string;
    const target = way.links < MAX_LINKS ? this.#context.disk.target(record.path, text) : undefined;
    const ends = target === undefined || (way.followed !== undefined && this.#endsAt(target, way.followed.root));
    const identity = ends ? undefined : this.#identify(target, { ...way, links: way.links + 1 });
    return { type: "symlink", text, ...defined({ target: identity }) };
  }

  /** Identifies a directory together with what its symlinks lead to. */
  #identifyDirectory(path: string, { links, followed }: Way): Identity | undefined {
    const { epoch, disk } = this.#context;
    const known = this.#linked.get(path);
    if (followed === undefined && known !== undefined && epoch.holds(known.seen)) return known.identity;
    const tree = this.tree(path);
    if (tree === undefined || links >= MAX_LINKS) return tree?.identity;
    if (!tree.listing.some(({ type }) => type === "symlink")) return tree.identity;
    const on = followed ?? { root: disk.absolute(path), met: new Map() };
    const before = on.met.get(path);
    if (before !== undefined) return before;
    // A link that leads back here finds the content alone.
    on.met.set(path, tree.identity);
    const identity = this.#withTargets(path, tree, { links, followed: on });
    on.met.set(path, identity);
    // What was found on the way from another directory is cut where it meets that one.
    if (followed === undefined) this.#linked.set(path, { identity, seen: epoch.now });
    return identity;
  }

  #withTargets(path: string, tree: Tree, way: Way): Identity {
    const targets = tree.listing.flatMap(({ path: name, type }) => {
      const link = type === "symlink" ? this.#identify(`${path}/${name}`, way) : undefined;
      return link?.type === "symlink" && link.target !== undefined ? [[name, link.target] as const] : [];
    });
    return { ...tree.identity, ...(targets.length === 0 ? {} : { targets: dictionary(targets) }) };
  }

  /**
   * True where a link in a directory counts by its text alone: what is in the directory that is being examined is
   * digested anyway, what that one is in would be endless, and devices, pipes and sockets have no content.
   */
  #endsAt(target: string, root: string): boolean {
    const { disk } = this.#context;
    return overlap(disk.absolute(target), root) || disk.stat(target)?.type === "other";
  }
}
