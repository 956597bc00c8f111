import { expect } from "vitest";
import { Rig } from "./rig.ts";

/** A workspace in which a source is copied into a file and into a directory with an executable and a link. */
export function copiesRig(): Promise<Rig> {
  return Rig.create(`
export const a = task(sh\`cp \${file("in.txt")} \${out("build/a.txt")}\`);
export const d = task(sh\`mkdir \${out("build/d/")}; cp \${a} build/d/x; echo run > build/d/go; chmod +x build/d/go; ln -s x build/d/link\`);
`);
}

/** Runs the pipeline once for each text of its source. */
export async function runWith(rig: Rig, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    rig.write("in.txt", text);
    expect((await rig.run("run")).code).toBe(0);
  }
}

/** Replaces times, run ids and digests, which differ from run to run. */
export function steady(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d/g, "TIME")
    .replace(/\b\d{8}T\d{9}-[0-9a-f]{6}\b/g, "RUN")
    .replace(/\b[0-9a-f]{12}\b/g, "DIGEST");
}
