import { constants } from "node:os";
import { leave } from "../host/process/leave.ts";
import { openTables } from "./schema.ts";
import { DAMAGED } from "./soundness.ts";

/** Reads every record of the store in argv[2], so that damage shows here, as a crash or as the exit code `DAMAGED`. */
async function probe(directory: string): Promise<void> {
  const tables = openTables(directory, "read");
  for (const [name, table] of Object.entries(tables)) {
    if (name === "root" || table === undefined) continue;
    for (const { value } of (table as typeof tables.meta).getRange())
      if (value === undefined) throw new Error("no value");
  }
  await tables.root.close();
}

await leave(
  await probe(process.argv[2] as string).then(
    () => 0,
    // The system's own errors, such as too many open files, have positive numbers: they say nothing of the store.
    ({ code }: { code?: unknown }) => (Number(code) > 0 && Number(code) !== constants.errno.EIO ? 1 : DAMAGED),
  ),
);
