import type { Task } from "../../model/graph.ts";
import type { Fetched } from "./remote.ts";

/** Why a result is never uploaded. */
export type Withheld =
  /** Its task always runs. */
  | "always"
  /** A secret's digest is salted by the store here, so that no other store has the fingerprint. */
  | "secret"
  /** It was made of other inputs, and a person answered for it here. */
  | "accepted"
  /** Another machine made it, and has answered for it. */
  | "taken";

/** Undefined: others may have it. */
export function whyWithheld(
  { rerun }: Pick<Task, "rerun">,
  { description, accepted, origin }: Pick<Fetched["record"], "description" | "accepted" | "origin">,
): Withheld | undefined {
  if (rerun === "always") return "always";
  if (Object.values(description.env).some(({ kind }) => kind === "secret")) return "secret";
  if (accepted !== undefined) return "accepted";
  return origin === undefined ? undefined : "taken";
}
