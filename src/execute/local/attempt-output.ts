import { closeSync, constants, fstatSync, readSync, rmSync } from "node:fs";
import { openOwnFile } from "../../host/files/own-files.ts";
import { writeAll } from "../../host/files/write-all.ts";
import { Masker } from "../masker.ts";

export interface OutputOptions {
  /** The log is there, empty, and no process has it open. */
  readonly isFree?: boolean;
  /**
   * Masked in the log and for `onOutput`; the file that the command itself writes to has no name in the file system.
   */
  readonly secrets?: readonly Buffer[] | undefined;
  /** Takes what the command prints, soon after it prints it. The bytes are valid during the call. */
  readonly onOutput?: ((bytes: Buffer) => void) | undefined;
  /** An open file, empty, that takes the output in place of the log and is copied into it: of a process that outlives the attempt. */
  readonly raw?: number | undefined;
}

/** Written by a command, and read as it grows. */
const FOLLOWED = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC;
/** The interval between two looks for new output, in milliseconds. */
const INTERVAL = 100;
const CHUNK = 256 * 1024;
/** Shared by all attempts: with one for each, V8 collected the whole heap every 80 tasks for what they had taken outside of it. */
let buffer: Buffer | undefined;
/** The most that is read in one turn, in bytes: a command that prints without end must not block everything else. */
const TURN = 4 * 1024 * 1024;

/**
 * The output of a command on its way to the log. The command writes to a file, as it would without inc: no pipe that
 * fills up, both streams in order, and `/dev/stdout` works. The file is read as it grows when output is followed or
 * secrets have to be masked; with secrets it is unlinked before the command starts, so that no unmasked byte is left
 * even by a killed inc.
 */
export class AttemptOutput {
  /** The descriptor that the command writes to. */
  readonly file: number;
  readonly #log: number;
  readonly #masker: Masker | undefined;
  readonly #onOutput: OutputOptions["onOutput"];
  readonly #timer: NodeJS.Timeout | undefined;
  /** False: the file that the command writes to is another's to close. */
  readonly #isOwn: boolean;
  #offset = 0;

  constructor(log: string, { isFree = false, secrets = [], onOutput, raw }: OutputOptions) {
    // Not emptied: ext4 would write the log of the task before to the disk first. A process that left its attempt may write there.
    if (!isFree) rmSync(log, { force: true });
    this.#log = openOwnFile(log, FOLLOWED);
    this.#onOutput = onOutput;
    this.#masker = secrets.length === 0 ? undefined : new Masker(secrets);
    this.#isOwn = raw === undefined;
    this.file = raw ?? (this.#masker === undefined ? this.#log : openUnlinked(`${log}.raw`));
    if (this.file !== this.#log || onOutput !== undefined)
      this.#timer = setInterval(() => this.#follow(TURN), INTERVAL).unref();
  }

  /** Reads the rest, once no process writes any more. Returns the size of the log, in bytes. */
  finish(): number {
    clearInterval(this.#timer);
    if (this.#timer !== undefined) this.#follow(Number.POSITIVE_INFINITY);
    if (this.#masker !== undefined) this.#give(this.#masker.end());
    return fstatSync(this.#log).size;
  }

  close(): void {
    clearInterval(this.#timer);
    closeSync(this.#log);
    if (this.#isOwn && this.file !== this.#log) closeSync(this.file);
  }

  #follow(most: number): void {
    // `> /dev/stdout` truncates the file.
    this.#offset = Math.min(this.#offset, fstatSync(this.file).size);
    buffer ??= Buffer.allocUnsafe(CHUNK);
    for (let taken = 0; taken < most; ) {
      const length = readSync(this.file, buffer, 0, CHUNK, this.#offset);
      if (length === 0) return;
      this.#offset += length;
      taken += length;
      const bytes = buffer.subarray(0, length);
      this.#give(this.#masker === undefined ? bytes : this.#masker.push(bytes));
    }
  }

  #give(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.file !== this.#log) writeAll(this.#log, bytes);
    this.#onOutput?.(bytes);
  }
}

/** Opens a new file that has no name in the file system. @param path Its name for a moment. @param flags More of open(2). */
export function openUnlinked(path: string, flags = 0): number {
  rmSync(path, { force: true });
  const file = openOwnFile(path, FOLLOWED | constants.O_EXCL | flags);
  rmSync(path);
  return file;
}
