import { Command, type Interfaces } from "@oclif/core";
import type { ParsedArguments } from "../../cli/flag-spec.ts";
import { GET_FLAGS } from "../../cli/flags/history.ts";
import { toOclifFlag } from "../../cli/oclif-flags.ts";
import { get } from "../get.ts";

/** `inc get` as help shows it, and its usage errors. Well-formed calls never come here: see main.ts. */
export default class Get extends Command {
  static override summary = "Read a version of an object from the store";
  static override description =
    "Writes to stdout, or to a file or directory. To put a version back in its place, use inc checkout.";
  static override usage = "get NAME[@VERSION] [FLAGS]";
  static override examples = [
    "<%= config.bin %> get build/report.json@2",
    "<%= config.bin %> get 'build/report.json@{yesterday}' -o old.json",
    "<%= config.bin %> get dist@3 -o /tmp/dist-3",
  ];
  static override strict = false;
  static override flags: Record<string, Interfaces.Flag<unknown>> = Object.fromEntries(
    GET_FLAGS.map((spec) => [spec.name, toOclifFlag(spec)]),
  );

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Get);
    return get({ flags: flags as ParsedArguments["flags"], positionals: argv as string[], extra: [] });
  }
}
