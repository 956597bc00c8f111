import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { RootDatabase } from "lmdb";

const lmdb = createRequire(import.meta.url)("lmdb") as { ABORT: unknown; open(...args: unknown[]): RootDatabase };

/**
 * Lets LMDB abort transactions, by their number from 1 on, as it does when it rejects its list of free pages: all of the work is
 * done, nothing is written, and the commit throws.
 */
export function abortTransactions(root: RootDatabase, aborts: (n: number) => boolean): void {
  const transact = root.transactionSync.bind(root);
  let n = 0;
  root.transactionSync = (work) => {
    n += 1;
    if (!aborts(n)) return transact(work);
    transact(() => {
      work();
      return lmdb.ABORT as never;
    });
    const message = "MDB_BAD_TXN: reserved freelist had a data entry with zero-size, last id 1\n";
    throw Object.assign(new Error(message), { code: -30_782 });
  };
}

/**
 * Preloaded into a process, where ABORT_AT is set: aborts the transactions from that number on, as many as ABORT_TIMES says, or the
 * first try of each ("first tries"), and appends a line to the file ABORT_LOG for each.
 */
const { ABORT_AT: at, ABORT_TIMES: times = "1", ABORT_LOG: log = "" } = process.env;
if (at !== undefined) {
  const { open } = lmdb;
  let n = 0;
  const aborts = (): boolean => {
    n += 1;
    const is = at === "first tries" ? n % 2 === 1 : n >= Number(at) && n < Number(at) + Number(times);
    if (is) appendFileSync(log, "aborted\n");
    return is;
  };
  lmdb.open = (...args) => {
    const root = open(...args);
    abortTransactions(root, aborts);
    return root;
  };
}
