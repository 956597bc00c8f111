import { closest, distance } from "fastest-levenshtein";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Location } from "../model/location.ts";

type Check = (value: unknown) => boolean;

const isObject: Check = (value) => typeof value === "object" && value !== null;
const isText: Check = (value) => typeof value === "string";
const isAmount: Check = (value) => isText(value) || (typeof value === "number" && value >= 0);

/** What each option of a task has to be: types are gone when a manifest runs, and people write JavaScript. */
const OPTIONS: Readonly<Record<string, readonly [check: Check, expected: string]>> = {
  inputs: [isObject, "a list or a record of inputs"],
  outputs: [(value) => isObject(value) && Object.values(value as object).every(isText), "a record of paths"],
  env: [isObject, "a record of variables"],
  cwd: [isText, "a path"],
  after: [Array.isArray, "a list of tasks"],
  mutates: [(value) => Array.isArray(value) && value.every(isText), "a list of paths"],
  rerun: [(value) => ["on-change", "always", "manual"].includes(value as string), '"on-change", "always" or "manual"'],
  resources: [
    (value) => isObject(value) && Object.values(value as object).every(isAmount),
    "a record of amounts from 0 up",
  ],
  timeout: [isText, 'a duration, as "90s"'],
  retries: [(value) => Number.isInteger(value) && (value as number) >= 0, "a whole number from 0 up"],
  description: [isText, "text"],
};

/** Throws the diagnostic for an option that does not exist or cannot be what it was given. */
export function checkOptions(options: object, location: Location): void {
  for (const [name, value] of Object.entries(options)) {
    const option = OPTIONS[name];
    if (option === undefined) throw unknownOption(name, location);
    const [check, expected] = option;
    if (value !== undefined && !check(value)) throw unusableOption(name, expected, location);
  }
}

function unknownOption(name: string, location: Location): DiagnosticError {
  const names = Object.keys(OPTIONS);
  const near = closest(name, names);
  return new DiagnosticError({
    code: "INC2022",
    severity: "error",
    message: `a task has no option "${name}"`,
    location,
    help: [distance(name, near) <= 2 ? `did you mean "${near}"?` : `it may have ${names.join(", ")}`],
  });
}

function unusableOption(name: string, expected: string, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2023",
    severity: "error",
    message: `the option "${name}" of a task is not what it has to be`,
    location,
    help: [`give ${expected}`],
  });
}
