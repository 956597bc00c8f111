import { appendFileSync, existsSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { canonicalListing } from "../../src/files/listing.ts";
import { hasher } from "../../src/host/files/hash.ts";
import { bootId } from "../../src/host/process/identity.ts";
import type { Digest } from "../../src/model/digest.ts";
import type { Identity } from "../../src/model/identity.ts";
import { openTables } from "../../src/store/schema.ts";
import type { Random } from "../oracle/random.ts";

/** Names that inc uses in the store's directory. */
export const STORE_NAMES = [
  ".gitignore",
  "CACHEDIR.TAG",
  "blobs",
  "clean",
  "clock",
  "data.mdb",
  "data.mdb-lock",
  "generation",
  "journal",
  "logs",
  "notify",
  "objects",
  "open",
  "services",
  "snapshot",
  "tmp",
  "watch",
];

/** Random attacks on a store in a workspace, such as an archive of foreign origin could contain. */
export class HostileStore {
  readonly #store: string;
  /** Absolute path of a directory outside of the workspace, with a file `f` and a directory `d` with a file `a`. */
  readonly #victim: string;
  readonly #random: Random;
  readonly done: string[] = [];

  constructor(store: string, victim: string, random: Random) {
    this.#store = store;
    this.#victim = victim;
    this.#random = random;
  }

  async attack(): Promise<void> {
    const kinds = ["link", "deep link", "journal", "ledger", "checkout", "listing", "digest"] as const;
    const kind = this.#random.pick(kinds);
    if (kind === "link") this.#link(this.#random.pick(STORE_NAMES));
    else if (kind === "deep link") this.#deepLink();
    else if (kind === "journal") this.#journal();
    else await this.#tables(kind);
  }

  /** A path that leads out of the workspace, directly or through a symlink in it. */
  #path(): string {
    const inside = this.#random.pick(["f", "d", "d/a", "new", "d/new/x"]);
    const up = `../${this.#victim.slice(this.#victim.lastIndexOf("/") + 1)}`;
    return this.#random.pick([
      `${this.#victim}/${inside}`,
      `${up}/${inside}`,
      `b/../${up}/${inside}`,
      `link/${inside}`,
    ]);
  }

  #link(name: string): void {
    this.done.push(`link ${name}`);
    const path = join(this.#store, name);
    const leadsTo = this.#random.pick(["f", "d", "new"]);
    rmSync(path, { recursive: true, force: true });
    symlinkSync(join(this.#victim, leadsTo), path);
  }

  #deepLink(): void {
    const name = this.#random.pick([
      "services/99999999-1",
      "blobs/ab",
      "open/1_2_3_4",
      "objects/o",
      "watch/socket",
      "tmp/x",
    ]);
    if (lstatSync(join(this.#store, dirname(name)), { throwIfNoEntry: false })?.isSymbolicLink() === true) return;
    mkdirSync(dirname(join(this.#store, name)), { recursive: true });
    this.#link(name);
  }

  #journal(): void {
    const path = join(this.#store, "journal");
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) return;
    const outputs = [this.#path(), this.#path()];
    const lines = [
      { boot: this.#random.pick(["", bootId()]), token: this.#random.pick(["0123456789abcdef", "../../x"]) },
      { begin: "a", outputs },
    ];
    this.done.push(`journal ${outputs.join(" ")}`);
    appendFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  async #tables(kind: "ledger" | "checkout" | "listing" | "digest"): Promise<void> {
    const data = join(this.#store, "data.mdb");
    if (
      !existsSync(data) ||
      ["data.mdb", "data.mdb-lock"].some((name) => lstatSync(join(this.#store, name)).isSymbolicLink())
    )
      return;
    const path = this.#path();
    this.done.push(`${kind} ${path}`);
    const tables = openTables(this.#store, "write");
    const before: Identity = { type: "file", digest: hasher.digest("victim"), executable: false };
    if (kind === "ledger")
      tables.owned.putSync(path, { path, identity: before, manifest: "pipeline.ts", task: "gone" });
    if (kind === "checkout") {
      const place = { path, before, identity: { ...before, digest: this.#blob(tables, "hostile") }, size: 7 };
      tables.meta.putSync("checkout", { command: "inc checkout x", places: [place], tokens: ["0123456789abcdef"] });
    }
    if (kind === "listing") {
      const entry = {
        type: "file",
        path: `../${path}`,
        digest: this.#blob(tables, "hostile"),
        executable: false,
        size: 7,
      } as const;
      const digest = this.#blob(tables, canonicalListing([entry]).toString());
      this.#replace(tables, { type: "directory", digest });
    }
    if (kind === "digest")
      this.#replace(tables, { ...before, digest: `..${"/..".repeat(9)}${this.#victim}/f` as Digest });
    await tables.root.close();
    const clean = join(this.#store, "clean");
    // An attack before this one may have made it a link: the test itself would write through that.
    if (lstatSync(clean, { throwIfNoEntry: false })?.isSymbolicLink() !== true) writeFileSync(clean, "");
  }

  /** Gives every version, and every output of every entry, this identity. */
  #replace(tables: ReturnType<typeof openTables>, identity: Identity): void {
    for (const { key, value } of [...tables.versions.getRange()]) tables.versions.putSync(key, { ...value, identity });
    for (const { key, value } of [...tables.entries.getRange()])
      tables.entries.putSync(key, { ...value, outputs: value.outputs.map((output) => ({ ...output, identity })) });
  }

  #blob(tables: ReturnType<typeof openTables>, text: string): Digest {
    const digest = hasher.digest(text);
    tables.blobs.putSync(digest, Buffer.from(text));
    return digest;
  }
}
