import { spawnSync } from "node:child_process";
import { setInterval } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { machine } from "../../../src/execute/machine.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import { askLine } from "../../../src/host/net/ask-line.ts";
import { envDigest } from "../../../src/workspace/request.ts";
import { Rig, type StartOptions } from "../../support/rig.ts";
import type { Running } from "../../support/running.ts";

const CLI = fileURLToPath(new URL("../../../bin/inc.js", import.meta.url));

/** The version of inc, as answers and questions hold it. */
export const VERSION = spawnSync(process.execPath, [CLI, "--version"], { encoding: "utf8" })
  .stdout.trim()
  .slice("inc ".length);

const PIPELINE = `
export const upper = task(sh\`cat data/*.txt | tr a-z A-Z > \${out("build/upper")}\`, { inputs: [files("data/*.txt")] });
export const told = task(sh\`echo \${env("GREETING", { default: "none" })} > \${out("build/told")}\`);`;

type Fields = Readonly<Record<string, unknown>>;

/** The variables in the form in which a question holds them. */
export function digested(variables: Readonly<Record<string, string | undefined>>): unknown {
  return Object.entries(variables).map(([name, value]) => [name, envDigest(hasher, "salt", name, value ?? "")]);
}

/** A workspace with a small pipeline, and a watch in it that a test asks what commands ask. */
export class AskedWatch {
  readonly rig: Rig;
  running!: Running;

  private constructor(rig: Rig) {
    this.rig = rig;
  }

  static async create(): Promise<AskedWatch> {
    const rig = await Rig.create(PIPELINE);
    rig.write("data/a.txt", "a\n");
    rig.write("data/b.txt", "b\n");
    return new AskedWatch(rig);
  }

  get socket(): string {
    return this.rig.path(".inc/watch/socket");
  }

  /** Returns once watch has run everything. */
  async start(options: StartOptions = {}): Promise<void> {
    this.running = this.rig.start(["watch", "--json"], options);
    await this.running.printed(`"kind":"watch-quiet"`);
  }

  async stop(): Promise<void> {
    this.running.child.kill("SIGINT");
    await this.running.ended;
  }

  question(more: Fields = {}): string {
    const base = {
      inc: VERSION,
      command: "run",
      workspace: this.rig.root,
      manifest: this.rig.path("pipeline.ts"),
      machine: machine(),
      tasks: [],
      params: {},
      salt: "salt",
      env: digested({ PATH: process.env["PATH"], HOME: this.rig.root }),
    };
    return JSON.stringify({ ...base, ...more });
  }

  async ask(more: Fields = {}): Promise<Record<string, unknown> | undefined> {
    const line = await askLine(this.socket, this.question(more), 10_000);
    return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>);
  }

  /**
   * Asks until watch knows: it looks at the paths of a new snapshot after the first question, and a second after a run. No event
   * tells of that; to ask without a pause would take both cores for that second.
   *
   * @param ask Asks where the store has another place.
   */
  async known(
    ask: () => Promise<string | undefined> = () => askLine(this.socket, this.question(), 10_000),
  ): Promise<void> {
    for await (const _ of setInterval(25)) if ((await ask())?.includes('"fresh"') === true) return;
  }
}
