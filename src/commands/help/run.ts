import { Command, type Interfaces } from "@oclif/core";
import { type ParsedArguments, RUN_FLAGS } from "../../cli/flag-spec.ts";
import { toOclifFlag } from "../../cli/oclif-flags.ts";
import { run } from "../run.ts";

/** `inc run` as help shows it, and its usage errors. Well-formed calls never come here: see main.ts. */
export default class Run extends Command {
  static override summary = "Run tasks that are not up to date";
  static override description =
    "Runs the named tasks and their dependencies, or the default tasks. Fresh tasks are skipped, known results are restored, and the rest runs.";
  static override usage = "run [MANIFEST] [TASK...] [FLAGS] [-- ARGS]";
  static override examples = [
    "<%= config.bin %> run",
    "<%= config.bin %> run pipeline.ts report --param region=us",
    "<%= config.bin %> run -n",
    "<%= config.bin %> run -f clean",
    "<%= config.bin %> run test -- --watch=false",
    "<%= config.bin %> run --affected --base origin/main",
  ];
  static override strict = false;
  static override flags: Record<string, Interfaces.Flag<unknown>> = Object.fromEntries(
    RUN_FLAGS.map((spec) => [spec.name, toOclifFlag(spec)]),
  );

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Run);
    const end = this.argv.indexOf("--");
    const extra = end < 0 ? [] : this.argv.slice(end + 1);
    const positionals = (argv as string[]).slice(0, argv.length - extra.length);
    return run({ flags: flags as ParsedArguments["flags"], positionals, extra }, this.argv);
  }
}
