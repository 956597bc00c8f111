import { defined } from "../model/defined.ts";
import type { Artifact } from "../model/entry.ts";
import { pathName } from "../model/object-name.ts";
import type { Store } from "../store/store.ts";
import { versionOf } from "./artifacts.ts";

/** The version that holds bytes which inc did not write. */
export interface PreservedEdit {
  readonly name: string;
  readonly n: number;
}

/**
 * Makes versions with the cause `edited` of bytes that inc did not write, and commits them at once, before anything is
 * put in their place. The store has the bytes already.
 * @param run Id of the run that found them.
 */
export function commitEdits(store: Store, edits: readonly Artifact[], run?: string): readonly PreservedEdit[] {
  const common = { cause: "edited", time: Date.now(), ...defined({ run }) } as const;
  store.commit({ versions: edits.map((artifact) => ({ ...versionOf(artifact), ...common })) });
  store.flush();
  return edits.map(({ path }) => {
    const name = pathName(path);
    return { name, n: store.history.count(name) };
  });
}
