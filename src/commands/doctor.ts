import { Command, Flags } from "@oclif/core";
import { portabilityOf } from "../access/portable/portability.ts";
import { printDiagnostics, renderHere } from "../cli/diagnostics.ts";
import { type FlagSpec, RAY_FLAGS } from "../cli/flag-spec.ts";
import { MANIFEST_FLAGS, toOclifFlag } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { askedExecutor, strayRay } from "../cli/ray.ts";
import { examineRay } from "../cli/ray-doctor.ts";
import { type PipelineRequest, withPipeline } from "../cli/with-pipeline.ts";
import { withLocked } from "../cli/with-workspace.ts";
import { findingLines } from "../report/versions/upkeep.ts";

const DATA_CACHE: FlagSpec = {
  name: "remote",
  type: "string",
  value: "URL",
  description:
    "The shared cache by which --ray-data http and shared go (default: INC_REMOTE, then the manifest's config)",
};

export default class Doctor extends Command {
  static override summary = "Check every digest and reference in the store, and repair damage";
  static override description =
    "Exits with 0 if the store is sound, 1 if it was damaged, repaired or not. With --executor ray, checks the connection to a Ray cluster instead: versions, nodes, and a command whose output comes back. With --portable, checks the pipeline instead: what would keep another machine, or another checkout, from finding its results; exits with 1 if there is something.";
  static override usage =
    "doctor [--json] | doctor --executor ray [MANIFEST] [FLAGS] | doctor --portable [MANIFEST] [TASK...] [FLAGS]";
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
    ...Object.fromEntries([...RAY_FLAGS, DATA_CACHE].map((flag) => [flag.name, toOclifFlag(flag)])),
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Doctor);
    const asked = askedExecutor({ flags });
    const request = { positionals: argv as string[], params: flags.param };
    if (asked.executor === "ray") return examineRay(asked, request, flags.json);
    const stray = strayRay(asked);
    if (stray !== undefined) return printDiagnostics([stray]);
    return flags.portable ? this.#checkPortability(request, flags.json) : this.#checkStore(flags.json);
  }

  #checkPortability(request: PipelineRequest, json: boolean): Promise<number> {
    return withPipeline(request, async ({ workspace, store, graph, tasks }) => {
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
