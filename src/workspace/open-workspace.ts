import type { Store } from "../store/store.ts";
import type { Ledger } from "./ledger.ts";
import type { Workspace } from "./workspace.ts";

/** A workspace with its store, whatever its manifest. */
export interface Open {
  readonly workspace: Workspace;
  readonly store: Store;
  readonly ledger: Ledger;
}
