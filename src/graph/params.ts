import type { Diagnostic } from "../model/diagnostic.ts";
import type { Graph, ParamSource, ParamValue, Task } from "../model/graph.ts";
import { dictionary, own } from "../model/own.ts";
import type { Result } from "../model/result.ts";
import { suggestion } from "../model/suggestion.ts";
import { exactNumber } from "./numbers.ts";
import { readsOf } from "./reads.ts";

/**
 * The value of every parameter, from what was given as text and the defaults. A number that is written otherwise than
 * JavaScript would write it (`1.0`, `0x10`) stays text, so that commands see it as it was typed. A parameter that is not
 * needed may be without a value.
 */
export function resolveParams(
  graph: Pick<Graph, "params">,
  given: Readonly<Record<string, string>>,
  isNeeded: (name: string) => boolean,
): Result<Readonly<Record<string, ParamValue>>> {
  const values = dictionary<ParamValue>();
  const diagnostics: Diagnostic[] = [];
  const known = new Map(graph.params.map((source) => [source.name, source]));
  for (const name of Object.keys(given)) if (!known.has(name)) diagnostics.push(unknownParam(name, [...known.keys()]));
  for (const source of graph.params) {
    const text = own(given, source.name);
    const value = text === undefined ? source.default : parse(source, text);
    if (text === undefined && value === undefined && !isNeeded(source.name)) continue;
    if (value === undefined) diagnostics.push(text === undefined ? required(source) : unusable(source, text));
    else if (source.choices !== undefined && !source.choices.includes(value))
      diagnostics.push(noChoice(source, String(value)));
    else values[source.name] = text === undefined || String(value) === text ? value : text;
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: values };
}

/** Names of the parameters that tasks depend on. */
export function paramsOf(tasks: readonly Task[]): ReadonlySet<string> {
  return new Set(tasks.flatMap((task) => readsOf(task).params));
}

/** What a text stands for. */
export function parseParam(source: ParamSource, text: string): Result<ParamValue> {
  const value = parse(source, text);
  return value === undefined ? { ok: false, diagnostics: [unusable(source, text)] } : { ok: true, value };
}

/** Undefined when the text is no value of that type. */
function parse({ type }: ParamSource, text: string): ParamValue | undefined {
  if (type === "string") return text;
  if (type === "boolean") return text === "true" ? true : text === "false" ? false : undefined;
  const number = exactNumber(text);
  return number === "inexact" ? undefined : number;
}

function unknownParam(name: string, names: readonly string[]): Diagnostic {
  const near = suggestion(name, names);
  const hint = near === undefined ? undefined : `did you mean "${near}"?`;
  const all = names.length === 0 ? "this pipeline has none" : `it has ${names.join(", ")}`;
  return { code: "INC2520", severity: "error", message: `there is no parameter "${name}"`, help: [hint ?? all] };
}

function required(source: ParamSource): Diagnostic {
  return {
    code: "INC2011",
    severity: "error",
    message: `the parameter "${source.name}" is required`,
    location: source.location,
    help: [`set it: inc run --param ${source.name}=…`],
  };
}

function unusable(source: ParamSource, text: string): Diagnostic {
  const inexact = source.type === "number" && exactNumber(text) === "inexact";
  return {
    code: "INC2521",
    severity: "error",
    message: inexact
      ? `the parameter "${source.name}" is a number, and ${text} would become ${Number(text)}`
      : `the parameter "${source.name}" is a ${source.type}, and "${text}" is not`,
    location: source.location,
    help: [
      inexact
        ? 'declare it as text: { type: "string" }'
        : source.type === "boolean"
          ? "give true or false"
          : "give a number",
    ],
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
