import type { Open } from "../../workspace/open.ts";
import type { Tell } from "./send.ts";

/** What a run has to tell others, gathered while its store is open; undefined: nothing, or nobody asked. */
export async function prepareTelling(open: Open, run: string): Promise<Tell | undefined> {
  if ((process.env["INC_OPENLINEAGE_URL"] ?? "") === "") return undefined;
  const { prepareOpenLineage } = await import("./send.ts");
  return prepareOpenLineage(open, run);
}
