import type { DirectoryEntry } from "../../host/files/host.ts";
import type { ToolIdentity } from "../../model/description.ts";
import { DiagnosticError } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";
import type { Identity } from "../../model/identity.ts";

/** What looking a tool up asks of the world. Paths absolute, or relative to the workspace. */
export interface ToolHost {
  identify(path: string): Identity | undefined;
  realpath(path: string): string | undefined;
  read(path: string): Buffer | undefined;
  list(path: string): readonly DirectoryEntry[] | undefined;
  digest(text: string): Digest;
  /** True for what a task makes. */
  isMade(path: string): boolean;
}

export interface FoundTool {
  /** Absolute, every symlink resolved. */
  readonly realpath: string;
  readonly identity: ToolIdentity;
  /** A version manager's shim is in its place, and no file says which version that starts. */
  readonly unseen?: { readonly manager: string; readonly files: readonly string[] };
}

/** @param mode `any`: it need not be executable, as what an interpreter is given. */
export function fileTool(
  path: string,
  host: ToolHost,
  mode: "executable" | "any" = "executable",
): FoundTool | undefined {
  let identity: Identity | undefined;
  try {
    identity = host.identify(path);
  } catch (error) {
    // A directory of PATH that may not be searched holds nothing for us, as for a shell.
    if (error instanceof DiagnosticError) return undefined;
    throw error;
  }
  while (identity?.type === "symlink") identity = identity.target;
  if (identity?.type !== "file" || (mode === "executable" && !identity.executable)) return undefined;
  const realpath = host.realpath(path);
  return realpath === undefined ? undefined : { realpath, identity: { kind: "file", digest: identity.digest } };
}
