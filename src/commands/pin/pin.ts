import { Command } from "@oclif/core";
import { pinAll } from "./pinning.ts";

export default class Pin extends Command {
  static override summary = "Protect versions from eviction";
  static override usage = "pin NAME@VERSION...";
  static override examples = ["<%= config.bin %> pin build/model.bin@3"];
  static override strict = false;

  override async run(): Promise<number> {
    const { argv } = await this.parse(Pin);
    return pinAll(argv as string[], "pin");
  }
}
