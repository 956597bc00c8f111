import type { Open } from "../../workspace/open-workspace.ts";
import type { Send } from "./send.ts";

/**
 * Gathers the lineage of a run while its store is open. Undefined: there is none, or INC_OPENLINEAGE_URL is not set.
 */
export async function prepareSending(open: Open, run: string): Promise<Send | undefined> {
  if ((process.env["INC_OPENLINEAGE_URL"] ?? "") === "") return undefined;
  const { prepareOpenLineage } = await import("./send.ts");
  return prepareOpenLineage(open, run);
}
