import Clean from "./clean.ts";
import Graph from "./graph.ts";
import Init from "./init.ts";
import List from "./list.ts";
import Run from "./run.ts";
import Status from "./status.ts";
import Why from "./why.ts";

/** Every command by its name. */
export const COMMANDS = { run: Run, status: Status, why: Why, list: List, graph: Graph, clean: Clean, init: Init };
