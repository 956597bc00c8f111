import { closest, distance } from "fastest-levenshtein";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Graph, ParamSource, ParamValue } from "../model/graph.ts";
import type { Result } from "../model/result.ts";

/** The value of every parameter, from what was given as text and the defaults. */
export function resolveParams(
  graph: Pick<Graph, "params">,
  given: Readonly<Record<string, string>>,
): Result<Readonly<Record<string, ParamValue>>> {
  const values: Record<string, ParamValue> = {};
  const diagnostics: Diagnostic[] = [];
  const known = new Map(graph.params.map((source) => [source.name, source]));
  for (const name of Object.keys(given)) if (!known.has(name)) diagnostics.push(unknownParam(name, [...known.keys()]));
  for (const source of graph.params) {
    const text = given[source.name];
    const value = text === undefined ? source.default : parse(source, text);
    if (value === undefined) diagnostics.push(text === undefined ? required(source) : unusable(source, text));
    else if (source.choices !== undefined && !source.choices.includes(value))
      diagnostics.push(noChoice(source, String(value)));
    else values[source.name] = value;
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: values };
}

/** Undefined when the text is no value of that type. */
export function parse({ type }: Pick<ParamSource, "type">, text: string): ParamValue | undefined {
  if (type === "string") return text;
  if (type === "boolean") return text === "true" ? true : text === "false" ? false : undefined;
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number) ? undefined : number;
}

function unknownParam(name: string, names: readonly string[]): Diagnostic {
  const near = names.length === 0 ? undefined : closest(name, [...names]);
  const hint = near !== undefined && distance(name, near) <= 2 ? `did you mean "${near}"?` : undefined;
  const all = names.length === 0 ? "this pipeline has none" : `it has ${names.join(", ")}`;
  return { code: "INC2520", severity: "error", message: `there is no parameter "${name}"`, help: [hint ?? all] };
}

function required(source: ParamSource): Diagnostic {
  return {
    code: "INC2011",
    severity: "error",
    message: `the parameter "${source.name}" is required`,
    location: source.location,
    help: [`give it: inc run --param ${source.name}=…`],
  };
}

function unusable(source: ParamSource, text: string): Diagnostic {
  return {
    code: "INC2521",
    severity: "error",
    message: `the parameter "${source.name}" is a ${source.type}, and "${text}" is none`,
    location: source.location,
    help: [source.type === "boolean" ? "give true or false" : "give a number"],
  };
}

function noChoice(source: ParamSource, value: string): Diagnostic {
  return {
    code: "INC2522",
    severity: "error",
    message: `the parameter "${source.name}" cannot be "${value}"`,
    location: source.location,
    help: [`choose one of ${(source.choices ?? []).join(", ")}`],
  };
}
