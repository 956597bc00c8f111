import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSet } from "../../src/fingerprint/sets.ts";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import { membersOf } from "../../src/lineage/inputs.ts";
import type { Description, SetNode } from "../../src/model/description.ts";
import type { Digest, Fingerprint } from "../../src/model/digest.ts";
import type { Artifact, AttemptRecord, NewVersion, Version } from "../../src/model/entry.ts";
import type { Identity } from "../../src/model/identity.ts";
import { pathName } from "../../src/model/object-name.ts";
import { type OpenedStore, openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";

export interface Attempt {
  readonly command?: string;
  /** Path → content, of what it names one by one. Sources get versions; what a task made keeps its own. */
  readonly files?: Readonly<Record<string, string>>;
  readonly found?: Readonly<Record<string, string>>;
  /** Label → path → content. */
  readonly sets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly params?: Readonly<Record<string, string>>;
  /** Names of published objects → version. */
  readonly objects?: Readonly<Record<string, number>>;
  /** Ids of attempts without outputs. */
  readonly passed?: readonly string[];
  /** Path → content. */
  readonly makes?: Readonly<Record<string, string>>;
  readonly outcome?: "ok" | "failed";
  readonly env?: Description["env"];
}

type BuiltSet = readonly [label: string, set: ReturnType<typeof buildSet>];

/** A store in a temporary directory, written to as runs write to it: with text for content and no processes. */
export class StoreRig {
  readonly #directory = mkdtempSync(join(tmpdir(), "inc-lineage-"));
  readonly #opened: OpenedStore;
  readonly #made = new Set<string>();
  #count = 0;
  #run = 1;

  constructor() {
    const result = openStore(join(this.#directory, "inc"), { files: realFiles, hasher });
    if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join());
    this.#opened = result.value;
  }

  get store(): Store {
    return this.#opened.store;
  }

  get directory(): string {
    return this.#directory;
  }

  async close(): Promise<void> {
    await this.#opened.close();
    rmSync(this.#directory, { recursive: true });
  }

  nextRun(): void {
    this.#run += 1;
  }

  /** One attempt of a task, committed with what it used and made. Gives the id of its record. */
  attempt(task: string, attempt: Attempt = {}): string {
    this.#count += 1;
    const id = `run${this.#run}.${String(this.#count).padStart(6, "0")}`;
    const { params = {}, objects = {}, makes = {}, outcome = "ok" } = attempt;
    const built = this.#builtSets(attempt);
    const sources = this.#sourcesOf(attempt);
    const outputs = this.#outputsOf(makes);
    for (const path of Object.keys(makes)) this.#made.add(path);
    const fingerprint = hasher.digest(id) as Fingerprint;
    this.store.commit({
      nodes: built.flatMap(([, { nodes }]) => [...nodes]),
      versions: [
        ...sources.map(([path, text]) => this.#version(pathName(path), text, "used", id)),
        ...Object.entries(params).map(([name, value]) =>
          this.#version(`param:${name}`, `${JSON.stringify(value)}\n`, "used", id),
        ),
        ...outputs.map(({ path }) => this.#version(pathName(path), makes[path] ?? "", "made", id)),
      ],
      entry: { fingerprint, outputs, duration: 7, record: id },
      record: {
        ...this.#recordOf(id, task),
        fingerprint,
        description: this.#descriptionOf(task, attempt, built),
        values: Object.keys(params).map((name) => `param:${name}`),
        objects: Object.fromEntries(Object.entries(objects).map(([name, n]) => [`object:${name}`, n])),
        outcome,
        exit: outcome === "ok" ? 0 : 3,
        outputs,
      },
    });
    this.store.flush();
    return id;
  }

  #recordOf(id: string, task: string) {
    return {
      id,
      run: `run${this.#run}`,
      manifest: "pipeline.ts",
      task,
      host: "testhost",
      executor: "local",
      started: Date.parse("2026-11-01T10:00:00Z") + this.#count * 1000,
      duration: 7,
      reason: { kind: "new" },
      uncached: false,
    } as const;
  }

  #builtSets({ sets = {} }: Attempt): readonly BuiltSet[] {
    return Object.entries(sets).map(([label, members]) => {
      const paths = Object.keys(members).sort();
      return [label, buildSet(paths, (path) => this.identity(members[path] ?? ""), hasher)] as const;
    });
  }

  /** Path → content of what an attempt read and no attempt made. */
  #sourcesOf({ files = {}, found = {}, sets = {} }: Attempt): readonly (readonly [string, string])[] {
    const named = { ...files, ...found, ...Object.assign({}, ...Object.values(sets)) } as Record<string, string>;
    return Object.entries(named).filter(([path]) => !this.#made.has(path));
  }

  #outputsOf(makes: Readonly<Record<string, string>>): Artifact[] {
    return Object.entries(makes).map(([path, text]) => ({
      name: "",
      path,
      identity: this.identity(text),
      size: text.length,
    }));
  }

  #descriptionOf(task: string, attempt: Attempt, built: readonly BuiltSet[]): Description {
    const { files = {}, found = {}, params = {}, makes = {}, passed = [] } = attempt;
    const identities = (texts: Readonly<Record<string, string>>): Record<string, Identity> =>
      Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, this.identity(text)]));
    return {
      format: 1,
      platform: "linux-x64",
      shell: "bash",
      command: [attempt.command ?? `make ${task}`],
      cwd: ".",
      env: attempt.env ?? {},
      params,
      tools: {},
      files: identities(files),
      sets: Object.fromEntries(built.map(([label, { root }]) => [label, root])),
      entries: passed.map((record) => hasher.digest(record) as Fingerprint).sort(),
      ...(Object.keys(found).length === 0 ? {} : { found: identities(found) }),
      outputs: Object.keys(makes).map((path) => ({ name: "", path, type: "file" })),
      depfiles: [],
    };
  }

  /** What an earlier attempt made holds again: its inputs are what they were. Gives the id of the confirmation. */
  restore(confirms: string, path: string, text: string): string {
    this.#count += 1;
    const id = `run${this.#run}.${String(this.#count).padStart(6, "0")}`;
    const { description, manifest, task, values, objects } = this.store.history.record(confirms) as AttemptRecord;
    const load = (digest: Digest): SetNode | undefined => this.store.history.node(digest);
    const members = Object.values(description.sets).flatMap((root) => [...membersOf(root, load)]);
    const named = Object.entries({ ...description.files, ...description.found });
    const all = [...named, ...members.map((member) => [member.path, member.identity] as const)];
    const run = `run${this.#run}`;
    const time = Date.parse("2026-11-01T10:00:00Z") + this.#count * 1000;
    const sources = all.flatMap(([name, identity]): NewVersion[] =>
      identity === null || this.#made.has(name)
        ? []
        : [{ name, identity, size: 1, cause: "used", record: id, run, time }],
    );
    this.store.commit({
      versions: [...sources, this.#version(pathName(path), text, "made", id)],
      confirmation: { id, run, manifest, task, confirms, values, objects, reason: { kind: "unchanged" }, time },
    });
    this.store.flush();
    return id;
  }

  put(name: string, text: string, more: Partial<NewVersion> = {}): void {
    const { run: _, record: __, ...version } = this.#version(`object:${name}`, text, "put", "");
    this.store.commit({ versions: [{ ...version, ...more }] });
    this.store.flush();
  }

  identity(text: string): Identity & { readonly type: "file" } {
    return { type: "file", digest: hasher.digest(text), executable: false };
  }

  version(name: string, n?: number): Version {
    const version = n === undefined ? this.store.history.latest(name) : this.store.history.version(name, n);
    if (version === undefined) throw new Error(`no ${name}@${n}`);
    return version;
  }

  #version(name: string, text: string, cause: NewVersion["cause"], record: string): NewVersion {
    this.store.blobs.putBytes(Buffer.from(text));
    const time = Date.parse("2026-11-01T10:00:00Z") + this.#count * 1000;
    return { name, identity: this.identity(text), size: text.length, cause, record, run: `run${this.#run}`, time };
  }
}
