import { Flags, type Interfaces } from "@oclif/core";
import { defined } from "../model/defined.ts";
import type { FlagSpec } from "./flag-spec.ts";
import { JSON_FLAG, PARAM_FLAG } from "./flag-spec.ts";

/** Converts a `FlagSpec` to an oclif flag. */
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

/** The flag `--json`. */
export const JSON_OUTPUT = { json: Flags.boolean({ description: JSON_FLAG.description }) };

/** The flag `--remote` of the commands about shared caches. */
export const REMOTE_FLAG = {
  remote: Flags.string({
    description: "The shared cache (default: INC_REMOTE, then what the manifest's config named in the last run)",
    helpValue: "URL",
  }),
};

/** The flags of every command that loads a pipeline. */
export const MANIFEST_FLAGS = {
  param: Flags.string({
    description: PARAM_FLAG.description,
    helpValue: "name=value",
    multiple: true,
    multipleNonGreedy: true,
  }),
  ...JSON_OUTPUT,
};
