import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Args, Command } from "@oclif/core";
import { MANIFEST_FLAGS } from "../../cli/oclif-flags.ts";
import { print } from "../../cli/print.ts";
import { withPipeline } from "../../cli/with-pipeline.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { GITHUB_WORKFLOW, githubSteps, githubWorkflow } from "./github.ts";
import { GITLAB_PIPELINE, gitlabPipeline, gitlabSteps } from "./gitlab.ts";
import { type Project, projectOf } from "./project.ts";

interface System {
  /** Where its file belongs, relative to the repository. */
  readonly path: string;
  text(project: Project): string;
  /** What a person has to do beside it. */
  nextSteps(project: Project): readonly string[];
}

const SYSTEMS: Readonly<Record<string, System>> = {
  github: { path: GITHUB_WORKFLOW, text: githubWorkflow, nextSteps: githubSteps },
  gitlab: { path: GITLAB_PIPELINE, text: gitlabPipeline, nextSteps: gitlabSteps },
};

export default class Ci extends Command {
  static override summary = "Write a workflow that runs the pipeline in CI";
  static override description =
    "Looks at the lockfile, the version of Node, the main branch, and where the manifest or INC_REMOTE says that results are shared. Pull requests run what they affect, the main branch runs everything. An existing file is not overwritten.";
  static override usage = "ci github|gitlab [MANIFEST] [FLAGS]";
  static override examples = ["<%= config.bin %> ci github", "<%= config.bin %> ci gitlab"];
  static override strict = false;
  static override args = {
    system: Args.string({ description: "CI system", required: true, options: Object.keys(SYSTEMS) }),
  };
  static override flags = { param: MANIFEST_FLAGS.param };

  override async run(): Promise<number> {
    const { args, flags, argv } = await this.parse(Ci);
    const { path, text, nextSteps } = SYSTEMS[args.system] as System;
    const [, ...manifest] = argv as string[];
    return withPipeline(
      { positionals: manifest, params: flags.param, graphOnly: true },
      async ({ graph }, { manifest: at, workspace }) => {
        const project = projectOf(at, workspace, graph.config);
        const target = join(project.repository, path);
        const shown = relative(process.cwd(), target);
        if (existsSync(target)) return { ok: false, diagnostics: [isTaken(shown, args.system)] };
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, text(project), { flag: "wx" });
        print(`${shown}\n`);
        for (const line of [...nextSteps(project), "commit it"]) print(`next: ${line}`);
        return { ok: true, value: 0 };
      },
    );
  }
}

function isTaken(path: string, system: string): Diagnostic {
  return {
    code: "INC1004",
    severity: "error",
    message: `"${path}" is there already, and inc does not overwrite it`,
    help: [`rename it, run inc ci ${system} again, and take over what you want from either`],
  };
}
