import { findShell, type RenderContext } from "../../execute/render.ts";
import type { Graph } from "../../model/graph.ts";
import { own } from "../../model/own.ts";
import type { RunPins } from "./pins.ts";

/** What stands in a command for inputs whose place depends on what the command is rendered for. */
export interface Places {
  /** Its members, or its name. */
  set(index: number): readonly string[];
  object(name: string): string;
  /** Where the list of an input's paths is written. Absent: a name that stands for it. */
  list?(input: number): string;
}

/** What a command is rendered with, to be described or to be started. */
export function renderContext(graph: Graph, pins: RunPins, places: Places): RenderContext {
  return {
    shell: findShell(),
    values: {
      param: (name) => pins.param(name),
      env: (name) => own(process.env, name) ?? graph.envs.find((source) => source.name === name)?.default,
      tool: (name) => name,
      set: (index) => places.set(index),
      object: (name) => places.object(name),
    },
    responseFile: (input) => places.list?.(input) ?? `.inc-list-${input}`,
  };
}
