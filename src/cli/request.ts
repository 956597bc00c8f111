import { type Found, findManifest } from "../manifest/find.ts";
import type { Result } from "../model/result.ts";
import { splitManifest } from "./flag-spec.ts";

/** Which manifest, and which of its tasks, a command is about. */
export interface Request extends Found {
  readonly tasks: readonly string[];
}

/**
 * Reads what was typed behind the name of a command. What looks like a manifest's place and is none may be an output of the
 * nearest manifest (`dist/`); where there is no nearest one, the first name may be a directory with one.
 */
export function readRequest(directory: string, positionals: readonly string[]): Result<Request> {
  const { manifest, tasks } = splitManifest(positionals);
  const found = findManifest(directory, manifest);
  if (found.ok) return { ok: true, value: { ...found.value, tasks } };
  const [first, ...rest] = positionals;
  const other = findManifest(directory, manifest === undefined ? first : undefined);
  if (!other.ok) return found;
  return { ok: true, value: { ...other.value, tasks: manifest === undefined ? rest : positionals } };
}
