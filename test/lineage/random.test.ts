import fc from "fast-check";
import { expect, test } from "vitest";
import { hasher } from "../../src/host/files/hash.ts";
import { downstream } from "../../src/lineage/downstream.ts";
import { upstream } from "../../src/lineage/upstream.ts";
import { StoreRig } from "./pipeline.ts";

/** Names that each task reads, by name and by set: sources `s0` to `s2`, and what earlier tasks make. */
const TASKS = [
  { name: "a", files: ["s0"], set: ["s1", "s2"] },
  { name: "b", files: ["s0", "a"], set: [] },
  { name: "c", files: ["s2"], set: ["a", "b"] },
  { name: "d", files: ["c", "s1"], set: ["b"] },
] as const;

type Step = { readonly edit: number; readonly to: number } | { readonly run: number };

const steps = fc.array(
  fc.oneof(
    fc.record({ edit: fc.nat({ max: 2 }), to: fc.nat({ max: 2 }) }),
    fc.record({ run: fc.nat({ max: 3 }) }),
    fc.record({ run: fc.nat({ max: 3 }) }),
  ),
  { minLength: 4, maxLength: 25 },
);

interface Made {
  readonly record: string;
  /** Ids of versions, as they stood when it ran. */
  readonly used: readonly string[];
}

/** What a store should know, kept by numbers alone: it never looks for what has the same bytes. */
class Model {
  readonly rig = new StoreRig();
  readonly content = new Map<string, string>([
    ["s0", "0"],
    ["s1", "0"],
    ["s2", "0"],
  ]);
  /** Content of each version of a name, oldest first: their numbers are one more than their indexes. */
  readonly versions = new Map<string, string[]>();
  /** Version → the attempts that are told of: the first and the latest one. */
  readonly makers = new Map<string, { first: string; current: string }>();
  readonly attempts = new Map<string, Made & { readonly order: number }>();
  readonly memo = new Map<string, { readonly record: string; readonly text: string }>();

  apply(step: Step): void {
    if ("edit" in step) this.content.set(`s${step.edit}`, String(step.to));
    else this.#run(TASKS[step.run] as (typeof TASKS)[number]);
  }

  latest(name: string): string {
    return `${name}@${this.versions.get(name)?.length ?? 0}`;
  }

  #run({ name, files, set }: (typeof TASKS)[number]): void {
    const reads = [...files, ...set];
    if (reads.some((each) => !this.content.has(each))) return;
    const texts = reads.map((each) => this.content.get(each) ?? "");
    const key = JSON.stringify([name, texts]);
    const known = this.memo.get(key);
    // Few results, so that reruns often make the same again.
    const text = known?.text ?? `${name}${hasher.digest(key).slice(0, 1) < "8" ? "x" : "y"}`;
    const record =
      known === undefined ? this.#attempt(name, files, set, text) : this.rig.restore(known.record, name, text);
    for (const each of reads) if (each.startsWith("s")) this.#append(each, this.content.get(each) ?? "");
    const used = reads.map((each) => this.latest(each));
    this.attempts.set(record, { record, used, order: this.attempts.size });
    this.memo.set(key, { record: known?.record ?? record, text });
    this.#note(name, text, record);
  }

  #attempt(name: string, files: readonly string[], set: readonly string[], text: string): string {
    return this.rig.attempt(name, {
      files: Object.fromEntries(files.map((each) => [each, this.content.get(each) ?? ""])),
      sets:
        set.length === 0
          ? {}
          : { [`set of ${name}`]: Object.fromEntries(set.map((e) => [e, this.content.get(e) ?? ""])) },
      makes: { [name]: text },
    });
  }

  #note(name: string, text: string, record: string): void {
    this.content.set(name, text);
    const isNew = this.#append(name, text);
    const known = this.makers.get(this.latest(name));
    this.makers.set(this.latest(name), { first: isNew || known === undefined ? record : known.first, current: record });
  }

  #append(name: string, text: string): boolean {
    const all = this.versions.get(name) ?? [];
    if (all.at(-1) === text) return false;
    this.versions.set(name, [...all, text]);
    return true;
  }

  /** Edges from what was used to who used it, upward from a version. */
  up(root: string): Set<string> {
    const edges = new Set<string>();
    const seen = new Set<string>();
    const open = [{ id: root, before: Number.POSITIVE_INFINITY }];
    for (const { id, before } of open) {
      const maker = this.#maker(id, before);
      const holds = before === Number.POSITIVE_INFINITY && this.#isLatest(id);
      if (maker === undefined || seen.has(`${maker.record} ${holds}`)) continue;
      seen.add(`${maker.record} ${holds}`);
      for (const each of maker.used) {
        const used = holds ? this.#asItStands(each) : each;
        edges.add(`${used} ${maker.record}`);
        open.push({ id: used, before: holds && this.#isLatest(used) ? Number.POSITIVE_INFINITY : maker.order });
      }
    }
    return edges;
  }

  /** Attempts that used a version, or something that was made of it. */
  down(root: string): Set<string> {
    const records = new Set<string>();
    const open = [root];
    for (const id of open)
      for (const { record, used } of this.attempts.values()) {
        const isUse = used.includes(id) || (this.#holds(record) && used.some((each) => this.#asItStands(each) === id));
        if (!isUse || records.has(record)) continue;
        records.add(record);
        for (const [made, { first, current }] of this.makers)
          if ((first === record || current === record) && !open.includes(made)) open.push(made);
      }
    return records;
  }

  #maker(id: string, before: number): (Made & { readonly order: number }) | undefined {
    const makers = this.makers.get(id);
    const current = this.attempts.get(makers?.current ?? "");
    return current !== undefined && current.order < before ? current : this.attempts.get(makers?.first ?? "");
  }

  #isLatest(id: string): boolean {
    return this.latest(id.slice(0, id.indexOf("@"))) === id;
  }

  /** It made, or made again, what is the latest version of its output. */
  #holds(record: string): boolean {
    return [...this.makers].some(([made, { current }]) => current === record && this.#isLatest(made));
  }

  /** The latest version of the same name, if it has the same content. */
  #asItStands(id: string): string {
    const [name = "", n] = id.split("@");
    const texts = this.versions.get(name) ?? [];
    return texts.at(-1) === texts[Number(n) - 1] ? this.latest(name) : id;
  }
}

/** Walks in which an attempt makes the same as one before it and one after it, and something else reads that. */
const MADE_BETWEEN: [Step[]][] = [
  [
    [
      { run: 0 },
      { edit: 2, to: 1 },
      { run: 0 },
      { run: 1 },
      { edit: 0, to: 0 },
      { edit: 2, to: 0 },
      { run: 0 },
      { run: 0 },
    ],
  ],
  [[{ edit: 2, to: 1 }, { run: 0 }, { edit: 2, to: 0 }, { run: 0 }, { edit: 2, to: 1 }, { run: 0 }, { run: 1 }]],
];

test("the lineage of every version is the model's, whatever was edited, run, made again and restored", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const model = new Model();
      try {
        for (const step of all) model.apply(step);
        for (const [name, texts] of model.versions) for (let n = 1; n <= texts.length; n += 1) check(model, name, n);
      } finally {
        await model.rig.close();
      }
    }),
    { numRuns: 60, examples: MADE_BETWEEN },
  );
});

function check(model: Model, name: string, n: number): void {
  const { store } = model.rig;
  const version = model.rig.version(name, n);
  const document = upstream(store, [version]);
  const used = document.edges.filter(({ kind }) => kind === "used").map(({ from, to }) => `${from} ${to}`);
  expect(used.toSorted()).toEqual([...model.up(`${name}@${n}`)].sort());
  const down = downstream(store, [version], (source) => store.history.latest(source)?.identity);
  const records = down.nodes.filter(({ kind }) => kind === "record").map(({ id }) => id);
  expect(records.toSorted()).toEqual([...model.down(`${name}@${n}`)].sort());
}
