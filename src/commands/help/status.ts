import { Command, type Interfaces } from "@oclif/core";
import type { ParsedArguments } from "../../cli/flag-spec.ts";
import { STATUS_FLAGS } from "../../cli/flags/status.ts";
import { toOclifFlag } from "../../cli/oclif-flags.ts";
import { status } from "../status.ts";

/** `inc status` as help shows it, and its usage errors. Well-formed calls never come here: see main.ts. */
export default class Status extends Command {
  static override summary = "Show which tasks are fresh and which are not, and why";
  static override usage = "status [MANIFEST] [TASK...] [FLAGS]";
  static override examples = [
    "<%= config.bin %> status",
    "<%= config.bin %> status --stale",
    "<%= config.bin %> status --json",
  ];
  static override strict = false;
  static override flags: Record<string, Interfaces.Flag<unknown>> = Object.fromEntries(
    STATUS_FLAGS.map((spec) => [spec.name, toOclifFlag(spec)]),
  );

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Status);
    return status({ flags: flags as ParsedArguments["flags"], positionals: argv as string[], extra: [] });
  }
}
