import { ancestors } from "../model/path.ts";
import type { Seen } from "./closing-look.ts";
import { sameStat } from "./racy-clock.ts";
import { isExecutable } from "./records.ts";

/**
 * True when something else is at a path than the last table took, by its content: a touch is no change. Undefined: nothing
 * was seen there, nor was a directory that it is in examined as a whole.
 */
export function differs(path: string, { disk, records, listings, identities }: Seen): boolean | undefined {
  if (records.isLate(path)) return true;
  const stat = disk.stat(path);
  const known = records.last(path);
  const isListed = listings.wasListed(path) || identities.hasTree(path);
  if (stat === undefined) return known !== undefined || isListed;
  const isNew = (): true | undefined =>
    records.wasAbsent(path) || [...ancestors(path)].some((above) => identities.hasTree(above)) || undefined;
  if (stat.type === "directory") return isListed ? false : isNew();
  if (known === undefined) return isListed || isNew();
  if (known.stat.type !== stat.type || isExecutable(known.stat) !== isExecutable(stat)) return true;
  if (known.text !== undefined) return disk.text(path) !== known.text;
  if (known.trusted && sameStat(known.stat, stat)) return false;
  return stat.type === "file" && (stat.size !== known.stat.size || disk.digest(path) !== known.digest);
}
