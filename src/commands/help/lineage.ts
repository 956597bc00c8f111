import { Args, Command, type Interfaces } from "@oclif/core";
import type { ParsedArguments } from "../../cli/flag-spec.ts";
import { LINEAGE_FLAGS } from "../../cli/flags/lineage.ts";
import { toOclifFlag } from "../../cli/oclif-flags.ts";
import { lineage } from "../lineage.ts";

/** `inc lineage` as help shows it, and its usage errors. Well-formed calls never come here: see main.ts. */
export default class Lineage extends Command {
  static override summary = "Show where a version came from, or what was made of it";
  static override description =
    "Follows a version up to its origins: versions, tasks, code, parameters, tools, runs. OBJECT is a path, object:NAME, param:NAME, env:NAME, tool:NAME, or a pattern. VERSION is 3, latest, {2 hours ago} or the beginning of a digest.";
  static override usage = "lineage OBJECT[@VERSION]... [FLAGS]";
  static override examples = [
    "<%= config.bin %> lineage build/report.md",
    "<%= config.bin %> lineage build/report.md@3 --depth 1",
    "<%= config.bin %> lineage data/eu.csv --down",
    "<%= config.bin %> lineage build/report.md --diff 2 3",
    "<%= config.bin %> lineage build/report.md --format html -o lineage.html",
  ];
  static override strict = false;
  static override args = {
    object: Args.string({ description: "Object, with or without a version", required: true }),
  };
  static override flags: Record<string, Interfaces.Flag<unknown>> = Object.fromEntries(
    LINEAGE_FLAGS.map((spec) => [spec.name, toOclifFlag(spec)]),
  );

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Lineage);
    return lineage({ flags: flags as ParsedArguments["flags"], positionals: argv as string[], extra: [] });
  }
}
