import type { EachDeclaration, MadeElements, TaskDeclaration } from "../../manifest/declaration.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { FannedOut } from "../../model/evaluation/expansion.ts";
import type { Output } from "../../model/graph.ts";
import type { Concrete } from "../concrete.ts";
import type { ExpansionSource } from "./elements.ts";
import { keyWay } from "./key-way.ts";
import type { MadeSource } from "./made.ts";
import { beginningOf, groupName, type Place } from "./place.ts";

/** Finds what the `each`s over what tasks make fan out over. */
export class MadeSources {
  readonly errors: Diagnostic[] = [];
  readonly #concrete: (task: TaskDeclaration) => Concrete | undefined;
  readonly #context: { read(fannedOut: FannedOut): ExpansionSource };

  /** @param concrete The tasks that have names by now. */
  constructor(
    concrete: (task: TaskDeclaration) => Concrete | undefined,
    context: { read(fannedOut: FannedOut): ExpansionSource },
  ) {
    this.#concrete = concrete;
    this.#context = context;
  }

  of(each: EachDeclaration, place: Place): MadeSource | undefined {
    const over = each.over as MadeElements;
    const task = this.#concrete(over.of);
    const output = task === undefined ? undefined : outputOf(task.outputs, over);
    if (task === undefined || output === undefined) {
      this.errors.push(task === undefined ? unnamed(each, over) : nothingToFanOut(each, task));
      return undefined;
    }
    const fannedOut = { over: output.value === undefined ? "directory" : "value", path: output.path } as const;
    const source = this.#context.read(fannedOut);
    const group = { group: groupName(place), units: beginningOf(place), location: each.location };
    const keyed = over.key === undefined || fannedOut.over === "directory" ? {} : { keyedBy: keyWay(over.key) };
    const expansion = { ...fannedOut, ...group, task: task.id, digest: source.digest, ...keyed };
    return { expansion, source, name: output.name };
  }
}

/** The value or directory that is meant; undefined: none is. */
function outputOf(outputs: readonly Output[], { output }: MadeElements): Output | undefined {
  const fitting = outputs.filter(({ name, type, value }) => {
    const hasElements = value !== undefined || type === "directory";
    return hasElements && (output === undefined || name === output);
  });
  return fitting.length === 1 ? fitting[0] : fitting.find(({ value }) => value !== undefined);
}

function unnamed(each: EachDeclaration, { of }: MadeElements): Diagnostic {
  return {
    code: "INC2508",
    severity: "error",
    message: "each() fans out over what a task makes that no export reaches by itself",
    location: each.location,
    notes: [{ message: "the task is declared here", location: of.location }],
    help: [
      "export it, so that it has a name: export const … = …",
      "in the callback of another each(), return it beside: return { rows, parts: each(rows, …) }",
    ],
  };
}

function nothingToFanOut(each: EachDeclaration, { id, declaration }: Concrete): Diagnostic {
  return {
    code: "INC2533",
    severity: "error",
    message: `each() fans out over what task "${id}" makes, which is neither a value nor a directory`,
    location: each.location,
    notes: [{ message: "the task is declared here", location: declaration.location }],
    help: ['give the task a value: { value: "json" }, or let it make a directory: out("parts/")'],
  };
}
