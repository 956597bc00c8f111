import { Command, Flags } from "@oclif/core";
import { portabilityOf } from "../access/portable/portability.ts";
import { printDiagnostics, renderHere } from "../cli/diagnostics.ts";
import { RAY_FLAGS } from "../cli/flag-spec.ts";
import { MANIFEST_FLAGS, toOclifFlag } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { askedExecutor, strayRay } from "../cli/ray.ts";
import { examineRay } from "../cli/ray-doctor.ts";
import { withPipeline } from "../cli/with-pipeline.ts";
import { withLocked } from "../cli/with-workspace.ts";
import { findingLines } from "../report/versions/upkeep.ts";

export default class Doctor extends Command {
  static override summary = "Check every digest and reference in the store, and repair damage";
  static override description =
    "Exits with 0 if the store is sound, 1 if it was damaged, repaired or not. With --executor ray, checks the connection to a Ray cluster instead: versions, nodes, and a command that does nothing. With --portable, checks the pipeline instead: what would keep another machine, or another checkout, from finding its results; exits with 1 if there is something.";
  static override usage =
    "doctor [--json] | doctor --executor ray [FLAGS] | doctor --portable [MANIFEST] [TASK...] [FLAGS]";
  static override examples = [
    "<%= config.bin %> doctor",
    "<%= config.bin %> doctor --executor ray --ray-address 10.0.0.5:6379",
    "<%= config.bin %> doctor --portable",
  ];
  static override strict = false;
  static override flags = {
    ...MANIFEST_FLAGS,
    portable: Flags.boolean({
      description: "Show what of the pipeline would miss a shared cache elsewhere, with its line",
    }),
    ...Object.fromEntries(RAY_FLAGS.map((flag) => [flag.name, toOclifFlag(flag)])),
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Doctor);
    const asked = askedExecutor({ flags });
    if (asked.executor === "ray") return examineRay(asked, flags.json);
    const stray = strayRay(asked);
    if (stray !== undefined) return printDiagnostics([stray]);
    return flags.portable
      ? this.#checkPortability(argv as string[], flags.param, flags.json)
      : this.#checkStore(flags.json);
  }

  #checkPortability(positionals: string[], params: string[] | undefined, json: boolean): Promise<number> {
    return withPipeline({ positionals, params }, async ({ workspace, store, graph, tasks }) => {
      const found = portabilityOf({ workspace, store }, graph, tasks);
      if (json) printJson({ findings: found });
      else {
        for (const diagnostic of found) print(renderHere(diagnostic, process.stdout));
        print(
          found.length === 0
            ? `nothing in ${tasks.length} ${tasks.length === 1 ? "task" : "tasks"} would miss elsewhere`
            : `${found.length} ${found.length === 1 ? "thing" : "things"} would miss elsewhere`,
        );
      }
      return { ok: true, value: found.length > 0 ? 1 : 0 };
    });
  }

  #checkStore(json: boolean): Promise<number> {
    return withLocked(true, async ({ store }) => {
      const findings = store.upkeep.checkUp();
      const damaged = store.warnings.length > 0;
      if (json) printJson({ findings, damaged });
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
