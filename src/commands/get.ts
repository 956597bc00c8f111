import { resolve } from "node:path";
import { Args, Command, Flags } from "@oclif/core";
import { withHistory } from "./history.ts";

export default class Get extends Command {
  static override summary = "Get a version of an object out of the store";
  static override description =
    "Its bytes go to stdout, or to a file or directory. The workspace is not touched unless that is where it goes: inc checkout puts a version back in its place.";
  static override examples = [
    "<%= config.bin %> get build/report.json@2",
    "<%= config.bin %> get 'build/report.json@{yesterday}' -o old.json",
    "<%= config.bin %> get dist@3 -o /tmp/dist-3",
  ];
  static override args = {
    version: Args.string({ description: "NAME, NAME@3, NAME@{2 hours ago}, NAME@DIGEST", required: true }),
  };
  static override flags = {
    output: Flags.string({
      char: "o",
      description: "A file, or a directory to put it in, or - for stdout; a directory's version always needs one",
      helpValue: "PATH",
      default: "-",
    }),
    force: Flags.boolean({ char: "f", description: "Overwrite files that are there" }),
  };

  override async run(): Promise<number> {
    const { flags, args } = await this.parse(Get);
    return withHistory(async ({ store, place }) => {
      const { resolveReference } = await import("../lineage/reference.ts");
      const { extract, stream } = await import("../engine/extract.ts");
      const version = resolveReference(args.version, place);
      if (!version.ok) return version;
      const { output, force } = flags;
      if (output === "-") await stream(store, version.value, process.stdout);
      else extract(store, version.value, { path: resolve(output), shown: output, force });
      return { ok: true, value: 0 };
    });
  }
}
