import { Command, Flags } from "@oclif/core";
import { printDiagnostics } from "../cli/diagnostics.ts";
import { LIMITS, limit } from "../cli/limits.ts";
import { JSON_OUTPUT } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { withLocked } from "../cli/with-workspace.ts";
import { defined } from "../model/defined.ts";
import { formatSize } from "../report/text/size.ts";
import { compactionLine, evictionLines, outOfReach } from "../report/versions/upkeep.ts";
import { collect } from "../store/upkeep/collect.ts";
import type { EvictionLimits } from "../store/upkeep/eviction.ts";
import { sourceIdentities } from "../workspace/source-identities.ts";

export default class Gc extends Command {
  static override summary = "Evict bytes from the store, the least valuable first";
  static override description =
    "Superseded large files first move into shared chunks. Without flags, the limit is the default that runs also enforce: 10 GB or a fifth of the disk. If evicting everything that may go is not enough, nothing is evicted. Never evicted: pinned and latest versions, content of the workspace, and the versions that a published object protects. Records stay, so why and lineage still work.";
  static override usage = "gc [FLAGS]";
  static override examples = [
    "<%= config.bin %> gc --dry-run --max-size 2GB",
    "<%= config.bin %> gc --keep-versions 3",
  ];
  static override flags = {
    "max-size": Flags.string({
      description: "Limit for the bytes of all blobs, such as 5GB or 5000000",
      helpValue: "SIZE",
    }),
    "older-than": Flags.string({ description: "Evict blobs unused for this long, such as 30d", helpValue: "DURATION" }),
    "keep-versions": Flags.integer({
      description: "Evict all but the newest N versions of each name",
      helpValue: "N",
      min: 1,
    }),
    "dry-run": Flags.boolean({ char: "n", description: "Show what would go, and evict nothing" }),
    ...JSON_OUTPUT,
  };

  override async run(): Promise<number> {
    const { flags } = await this.parse(Gc);
    const limits: EvictionLimits = defined({
      maxSize: limit(LIMITS.maxSize, flags["max-size"]),
      olderThan: limit(LIMITS.olderThan, flags["older-than"]),
      keepVersions: flags["keep-versions"],
    });
    const dry = flags["dry-run"] === true;
    return withLocked(!dry, async ({ store, workspace }) => {
      const collected = collect(store, limits, dry, sourceIdentities(workspace));
      const { compaction, evictions, freed, remaining, unreachable } = collected;
      if (flags.json)
        printJson({
          evictions: evictions.map(({ blob: { digest, size, versions }, reason }) => ({
            digest,
            size,
            versions,
            reason,
          })),
          compaction,
          freed,
          kept: remaining,
          dry,
          ...defined({ unreachable }),
        });
      else {
        if (compaction.blobs > 0) print(compactionLine(compaction));
        for (const line of evictionLines(evictions, dry)) print(line);
        const word = dry ? "would free" : "freed";
        print(`${word} ${formatSize(freed)} of ${evictions.length} blobs, ${formatSize(remaining)} stay`);
      }
      if (unreachable === undefined) return { ok: true, value: 0 };
      printDiagnostics([outOfReach(unreachable, remaining, limits.maxSize === undefined)]);
      return { ok: true, value: limits.maxSize === undefined ? 0 : 1 };
    });
  }
}
