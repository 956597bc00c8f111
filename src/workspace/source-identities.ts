import type { Identity, SourceIdentities } from "../model/identity.ts";
import { parseName } from "../model/object-name.ts";
import type { Workspace } from "./workspace.ts";

/** The identities of the sources in a workspace, each read once. */
export function sourceIdentities({ index }: Workspace): SourceIdentities {
  const known = new Map<string, Identity | undefined>();
  return (name) => {
    if (!known.has(name)) known.set(name, identify(name));
    return known.get(name);
  };

  function identify(name: string): Identity | undefined {
    const { kind, id } = parseName(name);
    try {
      return kind === "path" ? index.identify(id) : undefined;
    } catch {
      // It cannot be read: then its bytes are in no version.
      return undefined;
    }
  }
}
