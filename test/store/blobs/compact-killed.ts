import { existsSync } from "node:fs";
import { realFiles } from "../../../src/host/files/files.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import type { Digest } from "../../../src/model/digest.ts";
import { Chunks } from "../../../src/store/blobs/chunks.ts";
import { type ChunkList, openTables } from "../../../src/store/schema.ts";

/**
 * Turns a blob file into chunks and kills itself on the way: `compact-killed.ts DIRECTORY DIGEST PATH MOMENT`. Of the moments, `within`
 * is when the list is written and not committed, `between` when it is committed and the file still there.
 */
const [, , directory = "", digest = "", path = "", moment] = process.argv;
const tables = openTables(directory, "write");
const kill = (): void => {
  process.kill(process.pid, "SIGKILL");
  throw new Error("lived on");
};
const list = tables.chunked.putSync.bind(tables.chunked);
if (moment === "within")
  tables.chunked.putSync = (id: string, value: ChunkList): void => {
    list(id, value);
    kill();
  };
const transact = tables.root.transactionSync.bind(tables.root);
if (moment === "between")
  tables.root.transactionSync = (act) => {
    transact(act);
    if (!existsSync(path)) throw new Error("the file went before the transaction");
    return kill() as never;
  };
new Chunks({ tables, directory, files: realFiles, hasher, readOnly: false }).store(digest as Digest, path);
