import { Command } from "@oclif/core";
import { withStore } from "../../access/store.ts";
import { JSON_OUTPUT, REMOTE_FLAG } from "../../cli/oclif-flags.ts";
import { print, printJson } from "../../cli/print.ts";
import { type RemoteContext, withRemote } from "../../cli/with-remote.ts";
import type { Result } from "../../model/result.ts";
import { verifyLines } from "../../report/remote/shared.ts";
import type { RecordPlace } from "../../store/remote/shared-record.ts";
import { Verification } from "../../store/remote/upkeep/verify.ts";

export default class CacheVerify extends Command {
  static override summary = "Check every record and blob in the shared cache";
  static override description =
    "Reads everything: digests, and signatures where the manifest of the last run lists keys. Of a server that cannot list what it holds, the results of this workspace's tasks. Exits with 1 if something is damaged, missing or not to be trusted. Runs pass over such results, and replace what they make anew.";
  static override examples = ["<%= config.bin %> cache verify"];
  static override flags = { ...REMOTE_FLAG, ...JSON_OUTPUT };

  override async run(): Promise<number> {
    const { flags } = await this.parse(CacheVerify);
    return withRemote(flags.remote, "not everything was checked", async (context) => {
      const known = await resultsHere(context);
      if (!known.ok) return known;
      const verified = await new Verification(context.place, context.signal).verify(known.value);
      const { address } = context.place.backend;
      if (flags.json) printJson({ address, ...verified });
      else for (const line of verifyLines(verified, address)) print(line);
      return { ok: true, value: verified.flaws.length > 0 ? 1 : 0 };
    });
  }
}

/** Where the latest results of this workspace's tasks may be. Not looked for where the place lists what it holds. */
async function resultsHere({ place, last }: RemoteContext): Promise<Result<readonly RecordPlace[]>> {
  if (place.backend.inventory !== undefined || last === undefined) return { ok: true, value: [] };
  const { graph, workspace } = last;
  return withStore(workspace, async ({ history }) => {
    const records = graph.tasks.flatMap(({ id }) => history.latestRecord(graph.manifest, id) ?? []);
    const places = records.flatMap(({ fingerprint }) => place.scopes.reads.map((scope) => ({ scope, fingerprint })));
    return { ok: true, value: places };
  });
}
