import type { ReferenceValues, RenderContext } from "../../execute/render.ts";
import { findShell } from "../../execute/shell.ts";
import type { Graph } from "../../model/graph.ts";
import { own } from "../../model/own.ts";
import type { RunPins } from "./pins.ts";

/** What stands in a command for a set, by its index, and for a published object. */
export type ReferenceNames = Pick<ReferenceValues, "set" | "object">;

/** What the references in a command stand for, as a run has pinned it. */
export function referenceValues(graph: Graph, pins: RunPins, names: ReferenceNames): ReferenceValues {
  return {
    ...names,
    param: (name) => pins.param(name),
    env: (name) => own(process.env, name) ?? graph.envs.find((source) => source.name === name)?.default,
    tool: (name) => name,
  };
}

/** What a command is rendered with for its description, in which nothing depends on the place where it runs. */
export function descriptionContext(graph: Graph, pins: RunPins, names: ReferenceNames): RenderContext {
  return {
    shell: findShell(),
    values: referenceValues(graph, pins, names),
    responseFile: (input) => `.inc-list-${input}`,
  };
}
