import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Rig } from "../support/rig.ts";
import { Checkouts } from "./checkouts.ts";
import { Code } from "./code.ts";
import { Lineages } from "./lineages.ts";
import { manifestOf } from "./manifest.ts";
import { expectedOf, type ModelState, type ModelTask } from "./model.ts";
import { newTask, SALTS } from "./new-task.ts";
import { Origins } from "./origins.ts";
import { Published } from "./published.ts";
import type { Random } from "./random.ts";

const CONTENTS = ["a\n", "b\n", "a\n# note\n", "c\nc\n", "", "# only\n"];
/** A random walk over edits of one workspace: after each step the tree must equal the model's. */
export class Walk {
  readonly #rig: Rig;
  readonly #random: Random;
  readonly #trail: string;
  readonly #more: string;
  readonly #files = new Map<string, string>();
  readonly #code: Code;
  #tasks: ModelTask[] = [];
  /** Memo keys whose results certainly are stored. */
  readonly #stored = new Set<string>();
  /** Paths in build/ that were edited by hand or removed from an output. */
  readonly #spoiled = new Set<string>();
  #killed = false;
  #manifest = "";
  readonly #checkouts: Checkouts;
  readonly #published: Published;
  readonly #origins: Origins;
  readonly #lineages: Lineages;
  readonly history: string[] = [];

  /** @param more Text to append to every manifest. */
  constructor(rig: Rig, random: Random, trail: string, more = "") {
    this.#more = more;
    this.#rig = rig;
    this.#random = random;
    this.#trail = trail;
    this.#code = new Code(rig, random, trail);
    this.#checkouts = new Checkouts(rig, random);
    this.#published = new Published(rig, random);
    this.#origins = new Origins(rig, random);
    this.#lineages = new Lineages(rig, random);
    for (let i = 0; i < 5; i += 1) this.#put(`src/s${i}.txt`, random.pick(CONTENTS));
    for (let i = 0; i < 3; i += 1) this.#put(`g/g${i}.txt`, random.pick(CONTENTS));
    for (let i = 0; i < 2; i += 1) this.#put(`e/e${i}.txt`, random.pick(CONTENTS));
    for (let i = 0; i < 9; i += 1) this.#tasks.push(this.#newTask(i));
    this.#code.write();
    this.#writeManifest();
  }

  async begin(): Promise<void> {
    await this.#published.begin();
  }

  /** One to three random changes, then a run; sometimes preceded by a killed run or a checkout. */
  async step(): Promise<void> {
    const changes = 1 + this.#random.below(3);
    for (let i = 0; i < changes; i += 1) this.#change();
    if (this.#random.chance(0.15)) this.history.push(await this.#published.put());
    await this.#lineages.checkStale(this.#state().files, this.#story("before the run"));
    if (this.#random.chance(0.12)) await this.#killedRun();
    if (this.#random.chance(0.15)) this.history.push(await this.#checkouts.goBack(() => this.#tree()));
    if (this.#random.chance(0.04)) await this.#collect();
    await this.#run();
    await this.#checkouts.remember(this.#tree());
  }

  /**
   * The same under watch, which runs tasks at any time, so that only the resulting tree counts.
   * @param settled Resolves once watch is idle and has seen all earlier edits and publications.
   */
  async watchedStep(settled: (published: boolean) => Promise<void>): Promise<void> {
    const changes = 1 + this.#random.below(3);
    for (let i = 0; i < changes; i += 1) this.#change();
    const published = this.#random.chance(0.15);
    if (published) this.history.push(await this.#published.put());
    await settled(published);
    const expected = expectedOf(this.#state());
    this.#dropSpoiledLeftovers(expected.outputs);
    expect(this.#tree(), this.#story("the tree")).toEqual(Object.fromEntries([...expected.outputs].sort()));
    await this.#lineages.check(expected, this.#story("after the run"));
  }

  #state(): ModelState {
    const files = new Map([...this.#files, ...this.#published.texts()]);
    return { tasks: this.#tasks, files, code: this.#code.state };
  }

  async #run(): Promise<void> {
    const expected = expectedOf(this.#state());
    writeFileSync(this.#trail, "");
    const args = ["run", "-j", String(1 + this.#random.below(4))];
    const outcome = await this.#rig.run(...args);
    expect(outcome, this.#story(`the run\n${outcome.stdout}${outcome.stderr}`)).toMatchObject({ code: 0 });
    this.#dropSpoiledLeftovers(expected.outputs);
    expect(this.#tree(), this.#story("the tree")).toEqual(Object.fromEntries([...expected.outputs].sort()));
    const ran = this.#ran();
    const needless = ran.filter((id) => this.#stored.has(expected.keys.get(id) ?? ""));
    expect(needless, this.#story("tasks that ran without need")).toEqual([]);
    // A command of a killed run may write its first line after the trail was emptied, and before the next run ends it; a call for a batch two.
    const late = this.#killed ? 2 * availableParallelism() : 0;
    this.#killed = false;
    const again = ran.filter((id, i) => ran.indexOf(id) !== i);
    if (again.length > late)
      expect(again, this.#story(`tasks that ran twice\n${outcome.stdout}${outcome.stderr}`)).toEqual([]);
    for (const key of expected.keys.values()) this.#stored.add(key);
    this.#origins.remember(expected);
    await this.#lineages.check(expected, this.#story("after the run"));
  }

  /** Removes edited outputs that no task makes any more: inc leaves them in place with a warning. */
  #dropSpoiledLeftovers(outputs: ReadonlyMap<string, string>): void {
    const root = (path: string): string => (path.startsWith(".inc/") ? path : path.split("/").slice(0, 2).join("/"));
    const spoiled = new Set([...this.#spoiled].map(root));
    for (const path of Object.keys(this.#tree()))
      if (!outputs.has(path) && spoiled.has(root(path))) this.#rig.remove(path);
    this.#spoiled.clear();
  }

  /** Kills a run with SIGKILL as soon as it has printed a random number of events. */
  async #killedRun(): Promise<void> {
    const after = this.#random.below(8);
    this.history.push(`kill after ${after} events`);
    const running = this.#rig.start(["run", "--json"]);
    let seen = 0;
    running.child.stdout?.on("data", (chunk: Buffer) => {
      seen += chunk.toString().split("\n").length - 1;
      if (seen > after) running.child.kill("SIGKILL");
    });
    await running.ended;
    this.#killed = true;
  }

  /** A machine that runs tasks is lost during the next run: what ran there begins twice. */
  loses(): void {
    this.history.push("a node is lost");
    this.#killed = true;
  }

  /** Evicts unprotected bytes. Later runs may then repeat tasks, and checkouts may be refused. */
  async #collect(): Promise<void> {
    const limits = this.#random.pick([
      ["--max-size", "1KB"],
      ["--keep-versions", "1"],
      ["--older-than", "1ms"],
    ]);
    this.history.push(`gc ${limits.join(" ")}`);
    await this.#origins.pin();
    const outcome = await this.#rig.run("gc", ...limits);
    expect(outcome, this.#story("gc")).toMatchObject({ stderr: expect.not.stringContaining("internal") });
    // The protected bytes alone may exceed that size.
    expect([0, limits[0] === "--max-size" ? 1 : 0], this.#story("gc")).toContain(outcome.code);
    await this.#origins.checkProtected(this.#story("after gc"));
    this.#stored.clear();
    this.#checkouts.forget();
  }

  /** Checks that the store is sound after the whole walk, and that all its versions agree with the model. */
  async checkUp(): Promise<void> {
    await this.#published.check();
    await this.#origins.check();
    await this.checkStore();
  }

  async checkStore(): Promise<void> {
    const outcome = await this.#rig.run("doctor");
    expect(outcome.stdout, this.#story("the store at the end")).toBe("the store is sound\n");
  }

  #change(): void {
    const kind = this.#random.below(14);
    const sources = [...this.#files.keys()];
    if (kind <= 3) this.#put(this.#random.pick(sources), this.#random.pick(CONTENTS));
    else if (kind === 4) this.#touch(this.#random.pick(sources));
    else if (kind === 5) this.#put(`g/g${this.#random.below(5)}.txt`, this.#random.pick(CONTENTS));
    else if (kind === 6) this.#put(`e/e${this.#random.below(4)}.txt`, this.#random.pick(CONTENTS));
    else if (kind === 7) this.#delete(sources.filter((path) => !path.startsWith("src/")));
    else if (kind === 8) this.#spoilOutput();
    else if (kind === 9) this.#editManifest();
    else if (kind >= 11) this.#editCode();
    else this.#deleteOutput();
  }

  #put(path: string, content: string): void {
    this.history.push(`put ${path} ${JSON.stringify(content)}`);
    this.#files.set(path, content);
    this.#rig.write(path, content);
  }

  #touch(path: string): void {
    this.history.push(`touch ${path}`);
    const now = new Date();
    utimesSync(this.#rig.path(path), now, now);
  }

  #delete(paths: readonly string[]): void {
    if (paths.length === 0) return;
    const path = this.#random.pick(paths);
    this.history.push(`delete ${path}`);
    this.#files.delete(path);
    this.#rig.remove(path);
  }

  #spoilOutput(): void {
    const paths = Object.keys(this.#tree());
    if (paths.length === 0) return;
    const path = this.#random.pick(paths);
    this.history.push(`spoil ${path}`);
    this.#spoiled.add(path);
    appendFileSync(this.#rig.path(path), "spoiled\n");
  }

  #deleteOutput(): void {
    const paths = Object.keys(this.#tree());
    if (paths.length === 0) return;
    const path = this.#random.chance(0.2) ? "build" : this.#random.pick(paths);
    this.history.push(`delete output ${path}`);
    // A directory that lacks one of its files counts as edited.
    if (path.split("/").length > 2) this.#spoiled.add(path);
    this.#rig.remove(path);
  }

  #editCode(): void {
    this.history.push(this.#code.change());
    this.#code.write();
    this.#writeManifest();
  }

  /** Changes a recipe, or drops the last task, or adds one. */
  #editManifest(): void {
    const roll = this.#random.below(4);
    if (roll === 0 && this.#tasks.length > 4) this.#tasks.pop();
    else if (roll === 1 && this.#tasks.length < 14) this.#tasks.push(this.#newTask(this.#tasks.length));
    else {
      const index = this.#random.below(this.#tasks.length);
      this.#tasks[index] = { ...(this.#tasks[index] as ModelTask), salt: this.#random.pick(SALTS) };
    }
    this.#writeManifest();
  }

  #writeManifest(): void {
    const text = manifestOf(this.#state(), this.#trail) + this.#more;
    if (text !== this.#manifest) this.history.push(`manifest:\n${text}`);
    this.#manifest = text;
    this.#rig.write("pipeline.ts", text);
  }

  #newTask(index: number): ModelTask {
    return newTask(index, { tasks: this.#tasks, paths: [...this.#files.keys()], random: this.#random });
  }

  /** Every file under build/, and every value, by path, sorted. */
  #tree(): Record<string, string> {
    const roots = ["build", ".inc/values"].map((root) => this.#rig.path(root)).filter((root) => existsSync(root));
    const entries = roots.flatMap((root) => readdirSync(root, { recursive: true, withFileTypes: true }));
    const files = entries.filter((entry) => !entry.isDirectory());
    const pairs = files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(this.#rig.root.length + 1), readFileSync(path, "utf8")] as const;
    });
    return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #ran(): string[] {
    return readFileSync(this.#trail, "utf8").split("\n").filter(Boolean);
  }

  #story(what: string): string {
    return `${what}, after:\n${this.history.slice(-12).join("\n")}\n`;
  }

  forget(): void {
    rmSync(this.#trail, { force: true });
  }
}
