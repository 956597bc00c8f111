import type { Task } from "../../model/graph.ts";
import type { Fetched } from "./remote.ts";

/** Why a result is never uploaded. */
export type Withheld =
  /** Its task always runs. */
  | "always"
  /** A secret's digest is salted by the store here, so that no other store has the fingerprint. */
  | "secret"
  /** Another machine made it, and has answered for it. */
  | "taken";

/** Undefined: others may have it. */
export function whyWithheld(
  { rerun }: Pick<Task, "rerun">,
  { description, origin }: Pick<Fetched["record"], "description" | "origin">,
): Withheld | undefined {
  if (rerun === "always") return "always";
  if (Object.values(description.env).some(({ kind }) => kind === "secret")) return "secret";
  return origin === undefined ? undefined : "taken";
}
