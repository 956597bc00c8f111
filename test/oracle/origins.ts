import { expect } from "vitest";
import { parseListing } from "../../src/files/listing.ts";
import { hasher } from "../../src/host/files/hash.ts";
import { upstream } from "../../src/lineage/upstream.ts";
import type { Version } from "../../src/model/entry.ts";
import { parseName } from "../../src/model/object-name.ts";
import type { Store } from "../../src/store/store.ts";
import type { Rig } from "../support/rig.ts";
import { withRigStore } from "../support/store.ts";
import type { Expected } from "./model.ts";
import type { Random } from "./random.ts";

/** How many versions are pinned before each eviction. */
const PINS = 2;

/** Remembers all states of all outputs with their sources: each version must be one of those, with that lineage. */
export class Origins {
  readonly #rig: Rig;
  readonly #random: Random;
  /** Output → text → the sources it was made of, as text; several of them may give the same output. */
  readonly #known = new Map<string, Map<string, Set<string>>>();
  readonly #pinned = new Set<string>();

  constructor(rig: Rig, random: Random) {
    this.#rig = rig;
    this.#random = random;
  }

  /** Remembers the outputs after a successful run. */
  remember({ outputs, origins }: Expected): void {
    for (const [path, origin] of origins) {
      const texts = this.#known.get(path) ?? new Map<string, Set<string>>();
      const text = contentOf(path, outputs);
      texts.set(text, (texts.get(text) ?? new Set()).add(textOf(origin)));
      this.#known.set(path, texts);
    }
  }

  /** Pins some versions whose bytes are stored. */
  async pin(): Promise<void> {
    const stored = await withRigStore(this.#rig, (store) =>
      versionsOf(store).filter((version) => bytesOf(store, version) !== undefined),
    );
    for (let i = 0; i < PINS && stored.length > 0; i += 1) {
      const { name, n } = this.#random.pick(stored);
      expect(await this.#rig.run("pin", `${name}@${n}`)).toMatchObject({ code: 0 });
      this.#pinned.add(`${name}@${n}`);
    }
  }

  /** Checks that all pinned and latest versions still have their bytes. */
  async checkProtected(story: string): Promise<void> {
    await withRigStore(this.#rig, (store) => {
      const lost = versionsOf(store).filter(
        (version) =>
          (this.#pinned.has(`${version.name}@${version.n}`) || store.history.latest(version.name)?.n === version.n) &&
          bytesOf(store, version) === undefined,
      );
      expect(lost, story).toEqual([]);
    });
  }

  /** Checks that every version of every output is one that a run left, made of the sources in the model. */
  async check(): Promise<void> {
    await withRigStore(this.#rig, (store) => {
      for (const version of versionsOf(store)) {
        const texts = this.#known.get(version.name);
        if (texts === undefined || version.cause === "edited") continue;
        const bytes = bytesOf(store, version);
        if (bytes === undefined) continue;
        const name = `${version.name}@${version.n}`;
        expect([...texts.keys()], name).toContain(bytes);
        expect([...(texts.get(bytes) ?? [])], name).toContain(madeOf(store, version));
      }
    });
  }
}

/** The text of an output; for a directory all its files, as text. */
function contentOf(name: string, outputs: ReadonlyMap<string, string>): string {
  const { id: path } = parseName(name);
  const only = outputs.get(path);
  if (only !== undefined) return only;
  const inside = [...outputs].filter(([other]) => other.startsWith(`${path}/`)).sort();
  return JSON.stringify(inside.map(([other, text]) => [other.slice(path.length + 1), text]));
}

function textOf(origin: Readonly<Record<string, string>>): string {
  const named = Object.entries(origin).map(([name, text]) => `${name} ${hasher.digest(text)}`);
  return named.sort().join("\n");
}

function versionsOf(store: Store): Version[] {
  return [...store.history.names()].flatMap((name) => [...store.history.versions(name)]);
}

/** The stored content of a version in the form of `contentOf`; undefined when some of its bytes are missing. */
function bytesOf(store: Store, { identity }: Version): string | undefined {
  if (identity.type === "symlink") return identity.text;
  const bytes = store.blobs.read(identity.digest)?.toString();
  if (identity.type === "file" || bytes === undefined) return bytes;
  const files = parseListing(Buffer.from(bytes)).filter((entry) => entry.type === "file");
  const texts = files.map(({ path, digest }) => [path, store.blobs.read(digest)?.toString()]);
  return texts.some(([, text]) => text === undefined) ? undefined : JSON.stringify(texts);
}

/** Sources and objects that the attempt behind a version used, with their digests. */
function madeOf(store: Store, version: Version): string {
  const { nodes, edges } = upstream(store, [version], { depth: 1 });
  const used = new Set(edges.filter(({ kind }) => kind === "used").map(({ from }) => from));
  return nodes
    .flatMap((node) =>
      node.kind === "version" && used.has(node.id) && (node.type === "source" || node.type === "object")
        ? [`${node.name} ${node.identity.type === "symlink" ? node.identity.text : node.identity.digest}`]
        : [],
    )
    .sort()
    .join("\n");
}
