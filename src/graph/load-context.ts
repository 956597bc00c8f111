import type { LoadContext } from "../manifest/load/recorder.ts";
import { parseParam } from "./params.ts";
import { Paths } from "./paths.ts";
import { fileSetOf } from "./resolve.ts";

/** Where a manifest is evaluated, and with what. */
export interface Evaluated {
  /** Absolute. */
  readonly workspace: string;
  /** Absolute path. */
  readonly manifest: string;
  /** Values as given on the command line. */
  readonly params: Readonly<Record<string, string>>;
}

/** The context in which a manifest is evaluated. @param list Lists the files of a set. */
export function loadContext({ workspace, manifest, params }: Evaluated, list: LoadContext["list"]): LoadContext {
  return {
    workspace,
    params,
    list,
    setOf: (declaration) => fileSetOf(declaration, new Paths(workspace, manifest)),
    parseParam,
  };
}
