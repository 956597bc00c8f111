import { Command, type Interfaces } from "@oclif/core";
import type { ParsedArguments } from "../../cli/flag-spec.ts";
import { DIFF_FLAGS } from "../../cli/flags/history.ts";
import { toOclifFlag } from "../../cli/oclif-flags.ts";
import { diff } from "../diff.ts";

/** `inc diff` as help shows it, and its usage errors. Well-formed calls never come here: see main.ts. */
export default class Diff extends Command {
  static override summary = "Show how two versions differ";
  static override description =
    "Compares JSON by pointer, tables by row and column, other text by line, directories by path, and the rest by size. A single version is compared with the one before it. Exits with 0 if the versions are the same, 1 if they differ.";
  static override usage = "diff NAME[@VERSION] [NAME[@VERSION]] [FLAGS]";
  static override examples = [
    "<%= config.bin %> diff build/report.json@1 build/report.json@3",
    "<%= config.bin %> diff build/report.json",
    "<%= config.bin %> diff data/eu.csv --workspace",
  ];
  static override strict = false;
  static override flags: Record<string, Interfaces.Flag<unknown>> = Object.fromEntries(
    DIFF_FLAGS.map((spec) => [spec.name, toOclifFlag(spec)]),
  );

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Diff);
    return diff({ flags: flags as ParsedArguments["flags"], positionals: argv as string[], extra: [] });
  }
}
