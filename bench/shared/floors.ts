import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Payload } from "./transfers.ts";

/** How curl asks a server. */
export interface CurlTarget {
  /** Ends with `/`. */
  readonly url: string;
  readonly flags: readonly string[];
}

/** The same bytes by curl: in one object each, and all in one. curl verifies nothing and stores nothing but files. */
export class CurlFloor {
  readonly #payload: Payload;
  readonly #target: CurlTarget;
  readonly #directory = mkdtempSync(join(tmpdir(), "inc-bench-curl-"));
  readonly #names: readonly string[];

  /** @param inOne All files in one object, as a tool would send them that knew of nothing else. */
  constructor(payload: Payload, target: CurlTarget, inOne: boolean) {
    this.#payload = payload;
    this.#target = target;
    const files = inOne ? [Buffer.concat(payload.files)] : payload.files;
    this.#names = files.map((_, i) => `${inOne ? "all" : "each"}${i}`);
    mkdirSync(join(this.#directory, "got"));
    for (const [i, bytes] of files.entries()) writeFileSync(join(this.#directory, this.#names[i] as string), bytes);
  }

  /** Milliseconds. */
  put(): number {
    return this.#curl((name) => `upload-file = "${join(this.#directory, name)}"\nurl = "${this.#target.url}${name}"\n`);
  }

  /** Milliseconds. */
  get(): number {
    const time = this.#curl(
      (name) => `output = "${join(this.#directory, "got", name)}"\nurl = "${this.#target.url}${name}"\n`,
    );
    const sizes = this.#names.map((name) => statSync(join(this.#directory, "got", name)).size);
    const total = this.#payload.files.reduce((sum, { length }) => sum + length, 0);
    if (sizes.reduce((sum, size) => sum + size, 0) !== total) throw new Error("curl got other bytes");
    return time;
  }

  end(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #curl(part: (name: string) => string): number {
    const config = join(this.#directory, "config");
    writeFileSync(config, this.#names.map(part).join("next\n"));
    const flags = this.#target.flags.map((flag) => `${flag}\n`).join("");
    const each = this.#names.length === 1 ? "" : "parallel\nparallel-max = 32\n";
    // Options hold until the next URL.
    writeFileSync(config, `${each}${this.#names.map((name) => `${flags}fail\nsilent\n${part(name)}`).join("next\n")}`);
    const began = performance.now();
    const { status, stderr } = spawnSync("curl", ["--config", config], { encoding: "utf8", maxBuffer: 1 << 28 });
    const time = performance.now() - began;
    if (status !== 0) throw new Error(`curl failed (${status}): ${stderr.slice(-1000)}`);
    return time;
  }
}
