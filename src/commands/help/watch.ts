import { Command, type Interfaces } from "@oclif/core";
import type { ParsedArguments } from "../../cli/flag-spec.ts";
import { WATCH_FLAGS } from "../../cli/flags/watch.ts";
import { toOclifFlag } from "../../cli/oclif-flags.ts";
import { watch } from "../watch.ts";

export default class Watch extends Command {
  static override summary = "Run, and rerun what each change makes stale";
  static override description =
    "Runs the named tasks and their dependencies, or the default tasks, then waits for changes of files, the manifest or published objects. Only content counts: touching a file reruns nothing. An edit cancels the attempts that read the edited file, directly or through other tasks, and reruns stale tasks at once. A failed task is tried again when one of its inputs changes.";
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
