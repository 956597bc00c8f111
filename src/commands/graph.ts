import { Command, Flags } from "@oclif/core";
import { MANIFEST_FLAGS } from "../cli/oclif-flags.ts";
import { print } from "../cli/print.ts";
import { withPipeline } from "../cli/with-pipeline.ts";
import { type GraphFormat, renderGraph } from "../report/graph.ts";

export default class Graph extends Command {
  static override summary = "Draw tasks and their dependencies";
  static override usage = "graph [MANIFEST] [TASK...] [FLAGS]";
  static override examples = [
    "<%= config.bin %> graph",
    "<%= config.bin %> graph --format dot | dot -Tsvg > graph.svg",
  ];
  static override strict = false;
  static override flags = {
    param: MANIFEST_FLAGS.param,
    format: Flags.string({
      description: "Output format",
      options: ["tree", "dot", "mermaid", "json"],
      default: "tree",
    }),
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Graph);
    return withPipeline(
      { positionals: argv as string[], params: flags.param, graphOnly: true },
      async ({ graph, tasks }) => {
        print(
          renderGraph(
            graph,
            tasks.map(({ id }) => id),
            flags.format as GraphFormat,
          ),
        );
        return { ok: true, value: 0 };
      },
    );
  }
}
