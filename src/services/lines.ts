import type { Readable } from "node:stream";

/** A line without an end is given out in pieces of so many characters. */
const LONGEST = 64 * 1024;

/** Gives the lines of a stream, without their ends, as they come. Resolves when it is at its end, or broken. */
export function splitLines(stream: Readable, give: (line: string) => void): Promise<void> {
  let begun = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (begun + text).split("\n");
    begun = lines.pop() ?? "";
    for (const line of lines) give(line.replace(/\r$/, ""));
    if (begun.length <= LONGEST) return;
    give(begun);
    begun = "";
  });
  return new Promise((resolve) => {
    stream.once("error", () => resolve());
    stream.once("close", () => {
      if (begun !== "") give(begun);
      begun = "";
      resolve();
    });
  });
}
