import { closeSync, constants, ftruncateSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { makeOwnDirectory, openOwnFile } from "../../host/files/own-files.ts";
import { writeAll } from "../../host/files/write-all.ts";
import type { Attempt } from "../executor.ts";
import { Masker } from "../masker.ts";

const WRITTEN = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;

/** The log of an attempt elsewhere, as it comes, secrets masked. */
export class RayLog {
  readonly #file: number;
  readonly #secrets: readonly Buffer[];
  readonly #onOutput: Attempt["onOutput"];
  #masker: Masker;
  #size = 0;
  /** The node that it comes from. */
  #host: string | undefined;

  constructor({ log, command, onOutput }: Pick<Attempt, "log" | "command" | "onOutput">) {
    makeOwnDirectory(dirname(log));
    rmSync(log, { force: true });
    this.#file = openOwnFile(log, WRITTEN);
    this.#secrets = command.secrets;
    this.#masker = new Masker(command.secrets);
    this.#onOutput = onOutput;
  }

  /** The command begins on a node, perhaps once more: what another one printed before its node was lost is no part of the log. */
  begin(host: string): void {
    this.#host = host;
    this.#masker = new Masker(this.#secrets);
    this.#size = 0;
    ftruncateSync(this.#file);
  }

  push(bytes: Buffer): void {
    this.#give(this.#masker.push(bytes));
  }

  /** @returns Its size in bytes. */
  end(): number {
    this.#give(this.#masker.end());
    closeSync(this.#file);
    return this.#size;
  }

  #give(bytes: Buffer): void {
    if (bytes.length === 0) return;
    writeAll(this.#file, bytes);
    this.#size += bytes.length;
    this.#onOutput?.(bytes, this.#host);
  }
}
