import { Command, type Interfaces } from "@oclif/core";
import type { ParsedArguments } from "../../cli/flag-spec.ts";
import { WATCH_FLAGS } from "../../cli/flags/watch.ts";
import { toOclifFlag } from "../../cli/oclif-flags.ts";
import { watch } from "../watch.ts";

export default class Watch extends Command {
  static override summary = "Run again what a change makes stale, as soon as it happens";
  static override description =
    "Runs the named tasks and what they depend on, or the default ones, then waits for files, the manifest or published objects to change. What counts is content: a file that is only touched runs nothing. An edit cancels the attempts that read the edited file or what has to be made again of it, and only those; what it makes stale begins at once. What failed is tried again when something that it depends on changes.";
  static override usage = "watch [MANIFEST] [TASK...] [FLAGS]";
  static override examples = [
    "<%= config.bin %> watch",
    "<%= config.bin %> watch test --clear",
    "<%= config.bin %> watch --json | jq .kind",
    "<%= config.bin %> watch site --once-ready 'npx serve build'",
  ];
  static override strict = false;
  static override flags: Record<string, Interfaces.Flag<unknown>> = Object.fromEntries(
    WATCH_FLAGS.map((spec) => [spec.name, toOclifFlag(spec)]),
  );

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Watch);
    return watch({ flags: flags as ParsedArguments["flags"], positionals: argv as string[], extra: [] }, this.argv);
  }
}
