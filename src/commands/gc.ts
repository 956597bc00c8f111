import { Command, Flags } from "@oclif/core";
import { printDiagnostics } from "../cli/diagnostics.ts";
import { JSON_OUTPUT } from "../cli/oclif-flags.ts";
import { unusable } from "../cli/params.ts";
import { print, printJson } from "../cli/print.ts";
import { withLocked } from "../cli/with-workspace.ts";
import { parseDuration, parseSize } from "../manifest/units.ts";
import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { formatSize } from "../report/text/size.ts";
import { compactionLine, evictionLines, outOfReach } from "../report/versions/upkeep.ts";
import { collect } from "../store/upkeep/collect.ts";
import type { EvictionLimits } from "../store/upkeep/eviction.ts";
import { sourceIdentities } from "../workspace/source-identities.ts";

/** A flag whose text is parsed as a number. */
interface LimitFlag {
  readonly flag: string;
  /** Accepted notations, for the error message. */
  readonly example: string;
  parse(text: string): number | undefined;
}

const MAX_SIZE: LimitFlag = { flag: "--max-size", parse: parseBytes, example: "500MB, 5GB or a number of bytes" };
const OLDER_THAN: LimitFlag = { flag: "--older-than", parse: parseDuration, example: "12h or 30d" };

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
      maxSize: limit(MAX_SIZE, flags["max-size"]),
      olderThan: limit(OLDER_THAN, flags["older-than"]),
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

/** Parses a limit; undefined when the flag was not given. */
function limit({ flag, parse, example }: LimitFlag, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value === undefined) throw new DiagnosticError(unusable(`${flag} ${text}`, `write it as ${example}`));
  return value;
}

function parseBytes(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : parseSize(text);
}
