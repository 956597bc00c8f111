import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { Fingerprint } from "../../src/model/digest.ts";
import { openStore } from "../../src/store/open.ts";

/** Commits entry after entry to the store in argv[2], and prints a line when one is flushed. */
const [directory = "", name = "", count = "1000000"] = process.argv.slice(2);
const opened = openStore(directory, { files: realFiles, hasher });
if (!opened.ok) throw new Error(opened.diagnostics[0]?.message);
const { store, close } = opened.value;
for (let i = 0; i < Number(count); i += 1) {
  const fingerprint = hasher.digest(`${name} ${i}`) as Fingerprint;
  store.commit({ entry: { fingerprint, outputs: [], duration: 1, record: "r" } });
  store.flush();
  process.stdout.write(`${i}\n`);
}
await close();
