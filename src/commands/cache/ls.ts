import { Args, Command } from "@oclif/core";
import { JSON_OUTPUT, REMOTE_FLAG } from "../../cli/oclif-flags.ts";
import { print, printJson } from "../../cli/print.ts";
import { inventoryOf, withRemote } from "../../cli/with-remote.ts";
import { entryLines } from "../../report/remote/shared.ts";
import { listShared } from "../../store/remote/upkeep/list.ts";

export default class CacheLs extends Command {
  static override summary = "List the results in the shared cache";
  static override description =
    "Newest first, each with its task, when and by whom it was made, the size of its outputs, its scope and the beginning of its fingerprint. Reads each record: in a place with many, that takes its time.";
  static override examples = [
    "<%= config.bin %> cache ls",
    "<%= config.bin %> cache ls pr/12",
    "<%= config.bin %> cache ls test",
  ];
  static override args = {
    what: Args.string({ description: "A task, a scope, or the beginning of a fingerprint (default: everything)" }),
  };
  static override flags = { ...REMOTE_FLAG, ...JSON_OUTPUT };

  override async run(): Promise<number> {
    const { flags, args } = await this.parse(CacheLs);
    return withRemote(flags.remote, "the list is not complete, and is not shown", async ({ place, signal }) => {
      const inventory = inventoryOf(place, "ls");
      if (!inventory.ok) return inventory;
      const shared = await listShared(place, inventory.value, args.what, signal);
      const { address } = place.backend;
      if (flags.json) printJson({ address, ...shared });
      else for (const line of entryLines(shared, address)) print(line);
      return { ok: true, value: 0 };
    });
  }
}
