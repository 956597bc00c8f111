import { createHash } from "node:crypto";
import { readdirSync, rmdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { DiagnosticError } from "../model/diagnostic.ts";
import { openPlace } from "../store/remote/open-remote.ts";
import { Prune } from "../store/remote/upkeep/prune.ts";

/** The time of a file that no run has used: reading or writing a record sets the present one. */
const UNUSED = 0;
/** The most that is saved, in bytes: GitHub has room for 10 GB in a repository. */
const MOST = 4 * 1024 ** 3;

/** Marks everything as unused, and removes what a shared cache does not hold: links, pipes. Returns what `contentOf` does. */
export function forgetUses(directory: string): string {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) utimesSync(path, UNUSED, UNUSED);
    else if (!entry.isDirectory()) rmSync(path);
  }
  return contentOf(directory);
}

/** Names what a directory holds: a file that was replaced is another one, one that was used is the same. */
export function contentOf(directory: string): string {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const lines = files.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return `${relative(directory, path)} ${statSync(path).ino}`;
  });
  return createHash("sha256").update(lines.sort().join("\n")).digest("hex");
}

/**
 * Removes records that are marked as unused, and the bytes that no other one needs. Resolves to how many records stay.
 * @param now Milliseconds since the epoch.
 */
export async function removeUnused(directory: string, now: number): Promise<number> {
  const place = await openPlace({ address: pathToFileURL(directory).href, config: {} });
  if (!place.ok) throw new DiagnosticError(...place.diagnostics);
  const { inventory } = place.value.backend;
  if (inventory === undefined) throw new Error("a directory lists what it holds");
  const prune = new Prune(place.value, inventory, now, new AbortController().signal);
  const plan = await prune.plan({ olderThan: now - UNUSED - 1, maxSize: MOST });
  await prune.carryOut(plan);
  removeEmpty(directory);
  return plan.remaining.records;
}

/** Removes directories that hold no file: they would be saved, too. */
function removeEmpty(directory: string): void {
  const inner = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of inner) removeEmpty(join(directory, name));
  if (readdirSync(directory).length === 0) rmdirSync(directory);
}
