import type { Readable } from "node:stream";
import { Lines } from "../execute/lines.ts";
import type { Masker } from "../execute/masker.ts";

/** Gives the lines of a stream, secrets masked, as they come. Resolves when it is at its end, or broken. */
export function splitLines(stream: Readable, give: (line: string) => void, masker?: Masker): Promise<void> {
  const lines = new Lines(give);
  stream.on("data", (bytes: Buffer) => lines.push(masker === undefined ? bytes : masker.push(bytes)));
  return new Promise((resolve) => {
    stream.once("error", () => resolve());
    stream.once("close", () => {
      if (masker !== undefined) lines.push(masker.end());
      lines.end();
      resolve();
    });
  });
}
