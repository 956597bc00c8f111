import { readFile, stat } from "node:fs/promises";
import type { Result } from "../../model/result.ts";
import { malformed } from "./problems.ts";

/** The largest file that Node reads into one buffer, in bytes. */
const LARGEST = 2 ** 31 - 1;

/** The bytes of a file with records. @param file Absolute path. */
export async function recordBytes(file: string): Promise<Result<Buffer>> {
  const { size } = await stat(file);
  if (size <= LARGEST) return { ok: true, value: await readFile(file) };
  const what = `it has ${(size / 2 ** 30).toFixed(1)} GiB, and records() reads at most 2 GiB`;
  return { ok: false, diagnostics: [malformed({ file, line: 1 }, what, "make several files of it, as split(1) does")] };
}
