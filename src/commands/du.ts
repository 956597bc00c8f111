import { Command } from "@oclif/core";
import { JSON_OUTPUT } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { withHistory } from "../cli/with-history.ts";
import { printable } from "../model/printable.ts";
import { formatSize } from "../report/text/size.ts";

/** The most names that are shown. */
const SHOWN = 30;

export default class Du extends Command {
  static override summary = "Show which objects use space in the store";
  static override description =
    "Lists each name with the size of all its versions, and the part of it that no other name shares.";
  static override examples = ["<%= config.bin %> du"];
  static override flags = JSON_OUTPUT;

  override async run(): Promise<number> {
    const { flags } = await this.parse(Du);
    return withHistory(async ({ store }) => {
      const usage = store.upkeep.usage();
      if (flags.json) {
        printJson(usage);
        return { ok: true, value: 0 };
      }
      const { names, blobs, bytes, unreferenced, metadata } = usage;
      const shown = names.slice(0, SHOWN).map(({ name, versions, total, own }) => ({
        cells: [formatSize(total), formatSize(own), `${versions}`],
        name: printable(name),
      }));
      const header = { cells: ["total", "own", "versions"], name: "name" };
      const widths = [0, 1, 2].map((i) => Math.max(...[header, ...shown].map(({ cells }) => (cells[i] ?? "").length)));
      for (const { cells, name } of [header, ...shown])
        print(`${cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join("  ")}  ${name}`);
      if (names.length > SHOWN) print(`and ${names.length - SHOWN} more names; --json lists all`);
      print(
        `${blobs} blobs with ${formatSize(bytes)}, ${formatSize(unreferenced)} of it unreferenced; records and names ${formatSize(metadata)}`,
      );
      return { ok: true, value: 0 };
    });
  }
}
