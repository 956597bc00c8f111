import { findShell, type RenderContext } from "../../execute/render.ts";
import type { Graph } from "../../model/graph.ts";
import { own } from "../../model/own.ts";
import type { RunPins } from "./pins.ts";

/** What a command is rendered with. `setPaths` and `objectPath` give what stands for a set and for an object. */
export function renderContext(
  graph: Graph,
  pins: RunPins,
  setPaths: (set: number) => readonly string[],
  objectPath: (name: string) => string,
  responseFile: (input: number) => string = (input) => `.inc-list-${input}`,
): RenderContext {
  return {
    shell: findShell(),
    values: {
      param: (name) => pins.param(name),
      env: (name) => own(process.env, name) ?? graph.envs.find((source) => source.name === name)?.default,
      tool: (name) => name,
      set: setPaths,
      object: objectPath,
    },
    responseFile,
  };
}
