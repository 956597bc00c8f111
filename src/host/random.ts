import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * Random hexadecimal digits for a name that no other process gives by chance. Not for what must not be guessed.
 */
export function randomHex(bytes: number): string {
  return Array.from({ length: bytes }, () =>
    Math.floor(Math.random() * 256)
      .toString(16)
      .padStart(2, "0"),
  ).join("");
}

/** Where Unix gives random bytes. */
const SOURCE = "/dev/urandom";

/** Random bytes that cannot be guessed: from the system, where it has a device for them, as node:crypto is loaded in 5 ms. */
export function secretBytes(count: number): Buffer {
  return fromDevice(count) ?? process.getBuiltinModule("node:crypto").randomBytes(count);
}

function fromDevice(count: number): Buffer | undefined {
  let file: number | undefined;
  try {
    file = openSync(SOURCE, "r");
    const bytes = Buffer.alloc(count);
    return fstatSync(file).isCharacterDevice() && readSync(file, bytes) === count ? bytes : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
