import { resolve } from "node:path";
import { type FoundManifest, findManifest, findManifestIn, isOtherModule } from "../manifest/find.ts";
import type { Result } from "../model/result.ts";
import { splitManifest } from "./flag-spec.ts";

/** The manifest and the tasks that a command applies to. */
export interface Request extends FoundManifest {
  readonly tasks: readonly string[];
}

/**
 * Splits the positionals of a command into manifest and tasks. A path that looks like a manifest's may instead be an
 * output of the nearest manifest (`dist/`, `dist/main.js`). Without a nearest manifest, the first name may be a
 * directory that holds one.
 */
export function readRequest(directory: string, positionals: readonly string[]): Result<Request> {
  const { manifest, tasks } = splitManifest(positionals);
  const nearest = findManifest(directory, undefined);
  if (manifest === undefined) {
    if (nearest.ok) return { ok: true, value: { ...nearest.value, tasks } };
    const [first, ...rest] = positionals;
    const other = first === undefined ? undefined : findManifestIn(directory, first);
    return other === undefined ? nearest : { ok: true, value: { ...other, tasks: rest } };
  }
  const isOutput = nearest.ok && isOtherModule(resolve(directory, manifest));
  const found = isOutput ? nearest : findManifest(directory, manifest);
  if (found.ok) return { ok: true, value: { ...found.value, tasks: isOutput ? positionals : tasks } };
  return nearest.ok ? { ok: true, value: { ...nearest.value, tasks: positionals } } : found;
}
