import { findWorkspace, withStore } from "../access/store.ts";
import type { Result } from "../model/result.ts";
import type { Store } from "../store/store.ts";
import type { ReferenceScope } from "../versions/reference.ts";
import { printDiagnostics } from "./diagnostics.ts";

/** The context of a command that queries history. */
export interface HistoryContext {
  readonly store: Store;
  /** Where references are resolved. */
  readonly place: ReferenceScope;
}

/** Opens the history of the current workspace, without manifest or lease. Returns the exit code that `use` returns. */
export async function withHistory(use: (context: HistoryContext) => Promise<Result<number>>): Promise<number> {
  const workspace = findWorkspace(process.cwd());
  if (!workspace.ok) return printDiagnostics(workspace.diagnostics);
  const result = await withStore(workspace.value, (store) => {
    printDiagnostics(store.warnings);
    return use({ store, place: placeIn(workspace.value, store) });
  });
  return result.ok ? result.value : printDiagnostics(result.diagnostics);
}

/** @param workspace Absolute path. */
export function placeIn(workspace: string, { history }: Store): ReferenceScope {
  return { history, cwd: process.cwd(), workspace, now: Date.now() };
}
