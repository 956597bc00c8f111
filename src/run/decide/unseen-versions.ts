import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Graph } from "../../model/graph.ts";
import type { RunPins } from "./pins.ts";

/** Warns of tools whose version is not pinned: their tasks do not rerun when the user's default version changes. */
export function unseenVersions(graph: Graph, pins: RunPins): Diagnostic[] {
  return [...pins.unseenTools()].map(([name, { manager, files }]) => {
    const location = graph.tools.find((tool) => tool.name === name)?.location;
    const pin = files[0] === "package.json" ? "pin its version (volta pin)" : `pin its version in ${files[0]}`;
    return {
      code: "INC4219",
      severity: "warning",
      message: `the tool "${name}" is started by ${manager}, but no version is pinned: its tasks do not rerun when the version changes`,
      ...defined({ location }),
      help: [`${pin}, or name the program by its path`],
    };
  });
}
