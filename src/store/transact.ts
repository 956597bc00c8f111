import { DiagnosticError } from "../model/diagnostic.ts";
import { guard } from "./errors.ts";
import { freshReads, type Tables } from "./schema.ts";

/** Databases with a transaction underway. */
const underway = new WeakSet<Tables["root"]>();

/**
 * Does work within one write transaction, or within the one that is underway. Nothing else here writes to LMDB. Reads that follow
 * see what was committed.
 *
 * A transaction that LMDB aborts for a reason of its own has written nothing, and is tried once more: now and then it rejects its
 * list of free pages (see `docs/decisions.md`), and reads it anew the second time. So the work may be done twice: what it keeps or
 * changes outside of the tables must be as if the first time had not been.
 *
 * @param directory The store's, for what the diagnostics say.
 * @throws A DiagnosticError when the disk or LMDB does not take it: then nothing of it is written.
 */
export function transact<T>({ root }: Pick<Tables, "root">, directory: string, work: () => T): T {
  if (underway.has(root)) return work();
  underway.add(root);
  try {
    return guard(directory, () => twice(directory, () => root.transactionSync(work)));
  } finally {
    underway.delete(root);
    freshReads(root);
  }
}

function twice<T>(directory: string, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (!isOfLmdb(error)) throw error;
  }
  try {
    return attempt();
  } catch (error) {
    throw isOfLmdb(error) ? new DiagnosticError(aborted(directory, error)) : error;
  }
}

/** LMDB's own errors have these numbers; the system's are positive, and those of Node are texts. */
function isOfLmdb(error: unknown): error is Error {
  return error instanceof Error && "code" in error && Number(error.code) > -30_800 && Number(error.code) < -30_700;
}

function aborted(directory: string, { message }: Error) {
  return {
    code: "INC3023",
    severity: "error",
    message: `the store in "${directory}" cannot be written: LMDB aborted a transaction, and again when it was tried once more`,
    notes: [
      { message: message.trim() },
      { message: "nothing of it was written; what was stored before is still there" },
    ],
    help: [
      "run again: tasks whose results were not stored run again",
      "if that comes to this again: look for damage with inc doctor, begin another store with INC_DIR=.inc-new inc run, and report this",
    ],
  } as const;
}
