import { Command } from "@oclif/core";
import { MANIFEST_FLAGS } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { announce, withPipeline } from "../cli/with-pipeline.ts";
import { clean } from "../run/attempt/clean.ts";

export default class Clean extends Command {
  static override summary = "Remove outputs from the workspace";
  static override description =
    "Removes only files that inc wrote and that are unchanged. Results stay in the store, so the next run restores them.";
  static override usage = "clean [MANIFEST] [TASK...] [FLAGS]";
  static override examples = ["<%= config.bin %> clean", "<%= config.bin %> clean report"];
  static override strict = false;
  static override flags = MANIFEST_FLAGS;

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Clean);
    return withPipeline(
      { positionals: argv as string[], params: flags.param, graphOnly: true, lock: true },
      async (loaded) => {
        const removed = await clean(loaded, announce);
        if (flags.json) printJson({ removed });
        else
          print(
            removed.length === 0
              ? "nothing to remove"
              : `removed ${removed.length} ${removed.length === 1 ? "output" : "outputs"}`,
          );
        return { ok: true, value: 0 };
      },
    );
  }
}
