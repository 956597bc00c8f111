import { createInterface } from "node:readline";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import { type OpenedStore, openStore } from "../../src/store/open.ts";

/** What became of opening a store. */
export interface Opened {
  /** Codes of diagnostics; none: it was opened without a warning. */
  readonly codes: readonly string[];
  /** Hexadecimal: the same for all that have one store open. */
  readonly salt?: string;
}

/**
 * For each line on stdin: closes what it has open, opens the store in the directory that the line names, and prints an `Opened`
 * in one line. An empty line only closes.
 */
let open: OpenedStore | undefined;
for await (const directory of createInterface({ input: process.stdin })) {
  await open?.close();
  open = undefined;
  if (directory !== "") answer(directory);
  else process.stdout.write("{}\n");
}
await open?.close();

function answer(directory: string): void {
  const result = openStore(directory, { files: realFiles, hasher });
  let opened: Opened;
  if (result.ok) {
    open = result.value;
    const { store } = open;
    opened = { codes: store.warnings.map(({ code }) => code), salt: Buffer.from(store.salt).toString("hex") };
  } else opened = { codes: result.diagnostics.map(({ code }) => code) };
  process.stdout.write(`${JSON.stringify(opened)}\n`);
}
