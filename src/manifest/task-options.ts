import { DiagnosticError } from "../model/diagnostic.ts";
import type { Location } from "../model/location.ts";
import { own } from "../model/own.ts";
import { suggestion } from "../model/suggestion.ts";

type Check = (value: unknown) => boolean;

/** What each option has to be: types are gone when a manifest runs, and people write JavaScript. */
type Options = Readonly<Record<string, readonly [check: Check, expected: string]>>;

const isObject: Check = (value) => typeof value === "object" && value !== null;
const isText: Check = (value) => typeof value === "string";
const isAmount: Check = (value) => isText(value) || (typeof value === "number" && value >= 0);

/** What a task and a service both may have. */
const COMMON: Options = {
  inputs: [isObject, "a list or a record of inputs"],
  env: [isObject, "a record of variables"],
  cwd: [isText, "a path"],
  after: [Array.isArray, "a list of tasks"],
  timeout: [isText, 'a duration, as "90s"'],
  description: [isText, "text"],
};

const OPTIONS: Readonly<Record<"task" | "service", Options>> = {
  task: {
    ...COMMON,
    outputs: [(value) => isObject(value) && Object.values(value as object).every(isText), "a record of paths"],
    mutates: [(value) => Array.isArray(value) && value.every(isText), "a list of paths"],
    rerun: [
      (value) => ["on-change", "always", "manual"].includes(value as string),
      '"on-change", "always" or "manual"',
    ],
    resources: [
      (value) => isObject(value) && Object.values(value as object).every(isAmount),
      "a record of amounts from 0 up",
    ],
    retries: [(value) => Number.isInteger(value) && (value as number) >= 0, "a whole number from 0 up"],
    value: [(value) => value === "json" || value === "lines", '"json" or "lines"'],
    platform: [(value) => value === "any", '"any", or leave it out'],
  },
  service: { ...COMMON, ready: [isObject, "{ port }, { line } or { http }"] },
};

/** Throws the diagnostic for an option that does not exist or cannot be what it was given. */
export function checkOptions(of: "task" | "service", options: object, location: Location): void {
  for (const [name, value] of Object.entries(options)) {
    const option = own(OPTIONS[of], name);
    if (option === undefined) throw unknownOption(of, name, location);
    const [check, expected] = option;
    if (value !== undefined && !check(value)) throw unusableOption(of, name, expected, location);
  }
}

function unknownOption(of: "task" | "service", name: string, location: Location): DiagnosticError {
  const names = Object.keys(OPTIONS[of]);
  const near = suggestion(name, names);
  return new DiagnosticError({
    code: "INC2022",
    severity: "error",
    message: `a ${of} has no option "${name}"`,
    location,
    help: [near === undefined ? `its options are ${names.join(", ")}` : `did you mean "${near}"?`],
  });
}

function unusableOption(of: "task" | "service", name: string, expected: string, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2023",
    severity: "error",
    message: `the option "${name}" of a ${of} has an unusable value`,
    location,
    help: [`use ${expected}`],
  });
}
