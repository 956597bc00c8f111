import { Command, type Interfaces } from "@oclif/core";
import type { ParsedArguments } from "../../cli/flag-spec.ts";
import { LOG_FLAGS } from "../../cli/flags/history.ts";
import { toOclifFlag } from "../../cli/oclif-flags.ts";
import { log } from "../log.ts";

/** `inc log` as help shows it, and its usage errors. Well-formed calls never come here: see main.ts. */
export default class Log extends Command {
  static override summary = "Show the versions of objects";
  static override description =
    "Newest first: number, time, cause, size, digest, run. NAME is a path, a published object, param:NAME, env:NAME, tool:NAME, or a pattern. With @VERSION, the list begins there.";
  static override usage = "log NAME... [FLAGS]";
  static override examples = [
    "<%= config.bin %> log build/report.json",
    "<%= config.bin %> log 'build/*.csv' -n 3 --json",
  ];
  static override strict = false;
  static override flags: Record<string, Interfaces.Flag<unknown>> = Object.fromEntries(
    LOG_FLAGS.map((spec) => [spec.name, toOclifFlag(spec)]),
  );

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Log);
    return log({ flags: flags as ParsedArguments["flags"], positionals: argv as string[], extra: [] });
  }
}
