import { Command } from "@oclif/core";
import { withStore } from "../../access/store.ts";
import { JSON_OUTPUT, REMOTE_FLAG } from "../../cli/oclif-flags.ts";
import { print, printJson } from "../../cli/print.ts";
import { type RemoteContext, withRemote } from "../../cli/with-remote.ts";
import type { RunRecord } from "../../model/entry.ts";
import type { Result } from "../../model/result.ts";
import { holdingLines } from "../../report/remote/shared.ts";
import { totalOf, useLines } from "../../report/remote/use.ts";
import { holdingsOf } from "../../store/remote/upkeep/list.ts";

/** How many runs are looked through, and how many of those that used a shared cache count. */
const LOOKED_THROUGH = 1000;
const COUNTED = 100;

export default class CacheStats extends Command {
  static override summary = "Show what the shared cache did for recent runs, and how much it holds";
  static override description =
    "Counts the last 100 runs of this workspace that used a shared cache: look-ups with and without a result, bytes taken and given, and the time that results took where they were made.";
  static override examples = ["<%= config.bin %> cache stats"];
  static override flags = { ...REMOTE_FLAG, ...JSON_OUTPUT };

  override async run(): Promise<number> {
    const { flags } = await this.parse(CacheStats);
    return withRemote(flags.remote, "how much it holds is not known", async (context) => {
      const runs = await runsHere(context);
      if (!runs.ok) return runs;
      const { backend } = context.place;
      if (!flags.json) for (const line of useLines(runs.value)) print(line);
      const holdings = backend.inventory && (await holdingsOf(backend.inventory, context.signal));
      if (flags.json) printJson({ address: backend.address, runs: totalOf(runs.value), holdings: holdings ?? null });
      else if (holdings === undefined) print(`${backend.address} cannot list what it holds`);
      else for (const line of holdingLines(holdings, backend.address)) print(line);
      return { ok: true, value: 0 };
    });
  }
}

/** Newest first. */
async function runsHere({ last }: RemoteContext): Promise<Result<readonly RunRecord[]>> {
  if (last === undefined) return { ok: true, value: [] };
  return withStore(last.workspace, async ({ history }) => {
    const used = [...history.runs(LOOKED_THROUGH)].filter(({ remote }) => remote !== undefined);
    return { ok: true, value: used.slice(0, COUNTED) };
  });
}
