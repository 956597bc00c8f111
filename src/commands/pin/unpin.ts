import { Command } from "@oclif/core";
import { pinAll } from "./pinning.ts";

export default class Unpin extends Command {
  static override summary = "Allow versions to be evicted again";
  static override usage = "unpin NAME@VERSION...";
  static override examples = ["<%= config.bin %> unpin build/model.bin@3"];
  static override strict = false;

  override async run(): Promise<number> {
    const { argv } = await this.parse(Unpin);
    return pinAll(argv as string[], "unpin");
  }
}
