import { Command, Flags } from "@oclif/core";
import { print, printJson } from "../cli/print.ts";
import { withLocked } from "../cli/with-workspace.ts";
import { findingLines } from "../report/versions/upkeep.ts";

export default class Doctor extends Command {
  static override summary = "Check every digest and reference of the store, and mend what can be mended";
  static override description = "Exit 0 when all is well, 1 when something was not, whether it could be mended or not.";
  static override examples = ["<%= config.bin %> doctor"];
  static override flags = { json: Flags.boolean({ description: "JSON on stdout, and nothing else there" }) };

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
            : `${repaired} of ${findings.length} ${findings.length === 1 ? "thing" : "things"} mended`,
        );
      }
      return { ok: true, value: findings.length > 0 || damaged ? 1 : 0 };
    });
  }
}
