import { createCipheriv } from "node:crypto";

/** The content of the versions: noise, which is incompressible, or rows of text, whose lengths differ. */
export type Content = "noise" | "csv";
/** Where a version differs from the one before: in one region, or in blocks of `BLOCK` bytes all over it. */
export type Spread = "region" | "blocks";

const BLOCK = 4096;
const NAMES = ["amber", "birch", "cedar", "daisy", "elder", "fern", "grass", "heather"];

/** A pseudo-random generator with the same numbers in every run. */
class Numbers {
  readonly #stream;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(seed: number) {
    this.#stream = createCipheriv("aes-128-ctr", Buffer.alloc(16, seed), Buffer.alloc(16));
  }

  /** @returns Noise of so many bytes. */
  noise(length: number): Buffer {
    return this.#stream.update(Buffer.alloc(length));
  }

  /** @returns A whole number, less than `limit`. */
  below(limit: number): number {
    if (this.#at === this.#bytes.length) {
      this.#bytes = this.noise(65_536);
      this.#at = 0;
    }
    this.#at += 4;
    return this.#bytes.readUInt32LE(this.#at - 4) % limit;
  }
}

/** A file and how it changes. */
export interface Variation {
  readonly content: Content;
  readonly spread: Spread;
  readonly bytes: number;
  /** How many versions there are. */
  readonly count: number;
  /** How much of it changes each time: 0.01 is 1 %. */
  readonly part: number;
}

/** Versions of one file, each made from the one before. */
export function* variants({ content, spread, bytes, count, part }: Variation): IterableIterator<Buffer> {
  const numbers = new Numbers(content === "noise" ? 1 : 2);
  const make =
    content === "noise" ? (length: number) => numbers.noise(length) : (length: number) => rows(numbers, length);
  let version = make(bytes);
  for (let n = 1; ; n += 1) {
    yield version;
    if (n === count) return;
    const changed = Math.round(bytes * part);
    const length = spread === "region" ? changed : BLOCK;
    version = replace(version, places(numbers, version.length, length, Math.round(changed / length)), length, make);
  }
}

/** Starts of regions, in order, none within another. */
function places(numbers: Numbers, size: number, length: number, count: number): number[] {
  const slots = new Set<number>();
  while (slots.size < count) slots.add(numbers.below(Math.floor(size / length)));
  return [...slots].sort((a, b) => a - b).map((slot) => slot * length);
}

/** Replaces a region: noise by noise of the same length, rows by about as many bytes, which shifts the rest. */
function replace(version: Buffer, starts: readonly number[], length: number, make: (length: number) => Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const start of starts) {
    parts.push(version.subarray(at, start), make(length));
    at = start + length;
  }
  return Buffer.concat([...parts, version.subarray(at)]);
}

function rows(numbers: Numbers, length: number): Buffer {
  const lines: string[] = [];
  for (let done = 0; done < length; ) {
    const day = `2026-${1 + numbers.below(12)}-${1 + numbers.below(28)}`;
    const line = `${numbers.below(1e6)},${day},${NAMES[numbers.below(8)]},${numbers.below(100_000) / 100},${numbers.below(50)}\n`;
    lines.push(line);
    done += line.length;
  }
  return Buffer.from(lines.join(""));
}
