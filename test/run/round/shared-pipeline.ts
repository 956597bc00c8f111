import { FaultServer } from "../../support/fault-server.ts";
import type { Rig } from "../../support/rig.ts";
import { Checkouts, runShared, type SharedRun } from "../../support/shared-runs.ts";

/** Bytes of each output, which cannot be compressed: more than travel with a record. */
const LONG = 300_000;

/** A pipeline whose results are on a server, and checkouts that take them from there. */
export class SharedPipeline {
  readonly checkouts = new Checkouts();
  readonly server: FaultServer;
  readonly #manifest: string;
  readonly #files: Readonly<Record<string, string>>;
  /** What its results are, as the server stores them. */
  readonly #stock = new Map<string, Buffer>();

  private constructor(server: FaultServer, manifest: string, files: Readonly<Record<string, string>>) {
    this.server = server;
    this.#manifest = manifest;
    this.#files = files;
  }

  /** Runs the pipeline once, so that all its results are shared. */
  static async of(manifest: string, files: Readonly<Record<string, string>> = {}): Promise<SharedPipeline> {
    const shared = new SharedPipeline(await FaultServer.start(), manifest, files);
    const made = await runShared(await shared.checkout(), { INC_REMOTE: shared.server.url });
    if (made.code !== 0) throw new Error(JSON.stringify(made));
    for (const [path, bytes] of shared.server.objects) shared.#stock.set(path, bytes);
    shared.reset();
    return shared;
  }

  /** The server has what it had, serves well, and nothing was asked of it. */
  reset(): void {
    this.server.objects.clear();
    for (const [path, bytes] of this.#stock) this.server.objects.set(path, bytes);
    this.server.requests.length = 0;
    this.server.fault = () => false;
  }

  checkout(): Promise<Rig> {
    return this.checkouts.make(this.#manifest, this.#files);
  }

  /** `inc run` with the shared cache. @param download Absent: as if nothing had been said. */
  run(rig: Rig, download?: string, ...args: readonly string[]): Promise<SharedRun> {
    const env = { INC_REMOTE: this.server.url, ...(download === undefined ? {} : { INC_REMOTE_DOWNLOAD: download }) };
    return runShared(rig, env, args);
  }

  /** Removes blobs from the server; gives how many. */
  evict(): number {
    const blobs = [...this.server.objects.keys()].filter((path) => path.includes("/blobs/"));
    for (const path of blobs) this.server.objects.delete(path);
    return blobs.length;
  }

  /** Blobs that were asked for since the last call. */
  brought(): readonly string[] {
    return this.server.requests.splice(0).filter((request) => /^GET .*\/blobs\//.test(request));
  }

  async close(): Promise<void> {
    await this.checkouts.close();
    await this.server.close();
  }
}

/** Shell text that prints the lines of stdin, but for long ones that it printed before, and then such a line of its own. */
export const PAD = `node -e '
  const { createHash } = require("node:crypto");
  const lines = require("node:fs").readFileSync(0, "utf8").split("\\n");
  const text = lines.filter((line) => line !== "" && line[0] !== "#").join("\\n") + "\\n";
  let pad = "#";
  for (let at = text; pad.length < ${LONG}; pad += at) at = createHash("sha256").update(at).digest("hex");
  process.stdout.write(text + pad + "\\n");
'`.replace(/\s*\n\s*/g, " ");
