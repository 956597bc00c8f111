import { defined } from "../../model/defined.ts";
import type { Identity } from "../../model/identity.ts";
import type { Permissions } from "../../model/permissions.ts";
import type { MetaSlot } from "../../store/meta.ts";
import type { Obstacle, Target } from "./plan.ts";

/** What a checkout puts where: all that is needed to finish it after a crash. */
export interface PendingCheckout {
  readonly command: string;
  readonly places: readonly PendingPlace[];
  /** Removed before any place is filled. Absent: none, or inc wrote this before it removed any. */
  readonly obstacles?: readonly Pick<Obstacle, "path" | "before">[];
  /** Of the names under which the processes that filled the places wrote before they renamed. */
  readonly tokens: readonly string[];
}

/** One path that a checkout fills, and what was there before. */
export type PendingPlace = Pick<Target, "path" | "before" | "permissionsBefore" | "owner"> & {
  readonly identity: Identity;
  /** Bytes, as `Artifact` has it. */
  readonly size: number;
  readonly permissions?: Permissions;
};

/** A checkout that has begun, until it is done. */
export const PENDING_SLOT: MetaSlot<PendingCheckout> = { key: "checkout", isValid: isPending };

function isPending(value: unknown): value is PendingCheckout {
  if (typeof value !== "object" || value === null) return false;
  const { command, places, obstacles = [], tokens } = value as Partial<Record<keyof PendingCheckout, unknown>>;
  return (
    typeof command === "string" &&
    [places, obstacles, tokens].every(Array.isArray) &&
    (places as unknown[]).every((place) => isAt(place, "identity")) &&
    (obstacles as unknown[]).every((obstacle) => isAt(obstacle, "before"))
  );
}

/** The other parts are checked where they are used: no path and no token is trusted. */
function isAt(value: unknown, is: "identity" | "before"): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { path, [is]: identity } = value as Partial<Record<keyof PendingPlace, unknown>>;
  return typeof path === "string" && typeof identity === "object" && identity !== null;
}

export function placeOf(target: Target): PendingPlace {
  const { path, before, permissionsBefore, owner, version } = target;
  const { identity, size, permissions } = version;
  return {
    path,
    identity,
    size,
    ...defined({ permissions, permissionsBefore, before, owner }),
  };
}
