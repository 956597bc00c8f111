import { Command } from "@oclif/core";
import { JSON_OUTPUT } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { withLocked } from "../cli/with-workspace.ts";
import { findingLines } from "../report/versions/upkeep.ts";

export default class Doctor extends Command {
  static override summary = "Check every digest and reference in the store, and repair damage";
  static override description = "Exits with 0 if the store is sound, 1 if it was damaged, repaired or not.";
  static override examples = ["<%= config.bin %> doctor"];
  static override flags = JSON_OUTPUT;

  override async run(): Promise<number> {
    const { flags } = await this.parse(Doctor);
    return withLocked(true, async ({ store }) => {
      const findings = store.upkeep.checkUp();
      const damaged = store.warnings.length > 0;
      if (flags.json) printJson({ findings, damaged });
      else {
        for (const line of findingLines(findings)) print(line);
        const repaired = findings.filter((finding) => finding.repaired).length;
        print(
          findings.length === 0
            ? "the store is sound"
            : `${repaired} of ${findings.length} ${findings.length === 1 ? "problem" : "problems"} repaired`,
        );
      }
      return { ok: true, value: findings.length > 0 || damaged ? 1 : 0 };
    });
  }
}
