import { Command, Flags } from "@oclif/core";
import { printDiagnostics } from "../../cli/diagnostics.ts";
import { LIMITS, limit } from "../../cli/limits.ts";
import { JSON_OUTPUT, REMOTE_FLAG } from "../../cli/oclif-flags.ts";
import { unusable } from "../../cli/params.ts";
import { print, printJson } from "../../cli/print.ts";
import { inventoryOf, withRemote } from "../../cli/with-remote.ts";
import { defined } from "../../model/defined.ts";
import { DiagnosticError } from "../../model/diagnostic.ts";
import { pruneLines } from "../../report/remote/shared.ts";
import { otherRecords } from "../../store/remote/troubles.ts";
import { Prune } from "../../store/remote/upkeep/prune.ts";

export default class CachePrune extends Command {
  static override summary = "Remove old results from the shared cache";
  static override description =
    "Removes records that are too old, or the oldest ones beyond a size, and damaged ones; then blobs that no record needs, but none younger than a day, since a run may be about to need it. Runs may read and write meanwhile: the worst that happens to one is a miss. Age is the time since a result was uploaded.";
  static override usage = "cache prune --older-than DURATION | --max-size SIZE [FLAGS]";
  static override examples = [
    "<%= config.bin %> cache prune --older-than 30d -n",
    "<%= config.bin %> cache prune --max-size 10GB --remote s3://bucket/prefix",
  ];
  static override flags = {
    "older-than": Flags.string({ description: "Remove what was uploaded before, such as 30d", helpValue: "DURATION" }),
    "max-size": Flags.string({ description: "Leave at most that much, such as 10GB", helpValue: "SIZE" }),
    "dry-run": Flags.boolean({ char: "n", description: "Show what would go, and remove nothing" }),
    ...REMOTE_FLAG,
    ...JSON_OUTPUT,
  };

  override async run(): Promise<number> {
    const { flags } = await this.parse(CachePrune);
    const limits = defined({
      olderThan: limit(LIMITS.olderThan, flags["older-than"]),
      maxSize: limit(LIMITS.maxSize, flags["max-size"]),
    });
    if (Object.keys(limits).length === 0)
      throw new DiagnosticError(unusable("inc cache prune", "say what may stay: --older-than 30d, or --max-size 10GB"));
    const dry = flags["dry-run"] === true;
    return withRemote(flags.remote, "not everything that should go is gone", async ({ place, signal }) => {
      const inventory = inventoryOf(place, "prune --older-than 30d");
      if (!inventory.ok) return inventory;
      const prune = new Prune(place, inventory.value, Date.now(), signal);
      const plan = await prune.plan(limits);
      if (!dry) await prune.carryOut(plan);
      const { address } = place.backend;
      if (flags.json) printJson({ address, dry, ...plan });
      else for (const line of pruneLines(plan, address, dry)) print(line);
      if (plan.others > 0) printDiagnostics([otherRecords(address, plan.others)]);
      return { ok: true, value: plan.others > 0 ? 1 : 0 };
    });
  }
}
