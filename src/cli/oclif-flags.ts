import { Flags, type Interfaces } from "@oclif/core";
import { defined } from "../model/defined.ts";
import type { FlagSpec } from "./flag-spec.ts";
import { JSON_FLAG, PARAM_FLAG } from "./flag-spec.ts";

/** A flag of our table as oclif wants it. */
export function toOclifFlag(spec: FlagSpec): Interfaces.Flag<unknown> {
  const common = {
    description: spec.description,
    ...(spec.short === undefined ? {} : { char: spec.short as Interfaces.AlphabetLowercase }),
  };
  if (spec.type === "boolean") return Flags.boolean(common) as Interfaces.Flag<unknown>;
  const text = {
    ...common,
    ...defined({ helpValue: spec.value }),
    ...(spec.choices === undefined ? {} : { options: [...spec.choices] }),
  };
  const flag =
    spec.multiple === true ? Flags.string({ ...text, multiple: true, multipleNonGreedy: true }) : Flags.string(text);
  return flag as Interfaces.Flag<unknown>;
}

/** The flag of commands that can print JSON. */
export const JSON_OUTPUT = { json: Flags.boolean({ description: JSON_FLAG.description }) };

/** Which pipeline: the flags that every command that looks at one has. */
export const MANIFEST_FLAGS = {
  param: Flags.string({
    description: PARAM_FLAG.description,
    helpValue: "name=value",
    multiple: true,
    multipleNonGreedy: true,
  }),
  ...JSON_OUTPUT,
};
