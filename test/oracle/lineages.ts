import { expect } from "vitest";
import { hasher } from "../../src/host/files/hash.ts";
import type { LineageDocument } from "../../src/lineage/document.ts";
import { downstream } from "../../src/lineage/downstream.ts";
import { upstream } from "../../src/lineage/upstream.ts";
import type { Version } from "../../src/model/entry.ts";
import type { Identity } from "../../src/model/identity.ts";
import { parseName } from "../../src/model/object-name.ts";
import type { Store } from "../../src/store/store.ts";
import type { Rig } from "../support/rig.ts";
import { withRigStore } from "../support/store.ts";
import type { Expected } from "./model.ts";
import type { Random } from "./random.ts";

/** The share of steps in which the command line is asked as well. */
const ASKED = 0.1;

/** Checks after each run that the history, and lineage in both directions, describe the state that the run left. */
export class Lineages {
  readonly #rig: Rig;
  readonly #random: Random;
  /** The expected state after the last run. */
  #last: Expected | undefined;

  constructor(rig: Rig, random: Random) {
    this.#rig = rig;
    this.#random = random;
  }

  /** Checks history and lineage after a successful run. */
  async check(expected: Expected, story: string): Promise<void> {
    this.#last = expected;
    await withRigStore(this.#rig, (store) => {
      for (const [name, text] of Object.entries(expected.used))
        expect(store.history.latest(name)?.identity, `${name} in ${story}`).toEqual(identityOf(text));
      checkUp(store, expected, story);
      const names = Object.keys(expected.used);
      if (names.length > 0) checkDown(store, expected, this.#random.pick(names), story);
    });
    if (this.#random.chance(ASKED))
      expect((await this.#rig.run("status", "--stale")).stdout, story).toBe("nothing is stale\n");
  }

  /** Checks before a run that exactly the outputs of changed sources are stale. @param now The current texts of sources. */
  async checkStale(now: ReadonlyMap<string, string>, story: string): Promise<void> {
    const last = this.#last;
    if (last === undefined) return;
    await withRigStore(this.#rig, (store) => {
      const current = (name: string): Identity | undefined => {
        const text = now.get(parseName(name).id);
        return text === undefined ? undefined : identityOf(text);
      };
      const roots = [...last.sources.keys()].map((name) => latestOf(store, name, story));
      const document = downstream(store, roots, current);
      const found = new Map(latestArtifacts(document).map((node) => [node.name, [...(node.stale ?? [])].sort()]));
      for (const [output, sources] of last.sources) {
        const changed = Object.entries(sources).filter(([name, text]) => now.get(name) !== text);
        if (Object.keys(sources).length > 0)
          expect(found.get(output), `what makes ${output} stale, ${story}`).toEqual(
            changed.map(([name]) => name).sort(),
          );
      }
    });
  }
}

/** Checks that every output is made of exactly its current sources, each in its latest version. */
function checkUp(store: Store, { sources }: Expected, story: string): void {
  const outputs = [...sources.keys()];
  const document = upstream(
    store,
    outputs.map((name) => latestOf(store, name, story)),
  );
  const nodes = new Map(document.nodes.map((node) => [node.id, node]));
  const above = Map.groupBy(
    document.edges.filter(({ kind }) => kind !== "merged"),
    ({ to }) => to,
  );
  for (const [i, root] of document.roots.entries()) {
    const found: Record<string, Identity> = {};
    const open = new Set([root]);
    for (const id of open) {
      const node = nodes.get(id);
      if (node?.kind === "version") {
        expect(node.latest, `${id} in the lineage of ${root}, ${story}`).toBe(true);
        if (node.type === "source" || node.type === "object") found[node.name] = node.identity;
      }
      for (const { from } of above.get(id) ?? []) open.add(from);
    }
    const texts = Object.entries(sources.get(outputs[i] as string) ?? {});
    const wanted = Object.fromEntries(texts.map(([name, text]) => [name, identityOf(text)]));
    expect(found, `the lineage of ${root}, ${story}`).toEqual(wanted);
  }
}

/** Checks for a source without edits that no output is stale, and that lineage has all that was made of it. */
function checkDown(store: Store, { sources, used }: Expected, name: string, story: string): void {
  const now = (source: string): Identity | undefined =>
    used[source] === undefined ? undefined : identityOf(used[source]);
  const document = downstream(store, [latestOf(store, name, story)], now);
  // Lineage also has outputs of earlier pipelines.
  const made = latestArtifacts(document).filter((node) => sources.has(node.name));
  expect(
    made.filter(({ stale = [] }) => stale.length > 0),
    `stale below ${name}, ${story}`,
  ).toEqual([]);
  const wanted = [...sources].filter(([, texts]) => name in texts).map(([output]) => output);
  const names = made.map((node) => node.name);
  expect(names.sort(), `what was made of ${name}, ${story}`).toEqual(wanted.sort());
}

function latestArtifacts({ nodes }: LineageDocument) {
  return nodes.filter((node) => node.kind === "version").filter(({ type, latest }) => type === "artifact" && latest);
}

function latestOf(store: Store, name: string, story: string): Version {
  const version = store.history.latest(name);
  expect(version, `the latest version of ${name}, ${story}`).toBeDefined();
  return version as Version;
}

function identityOf(text: string): Identity {
  return { type: "file", digest: hasher.digest(text), executable: false };
}
