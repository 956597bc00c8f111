import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Location } from "../model/location.ts";
import { CallPlace } from "./call-place.ts";
import { MANIFEST_NAMES } from "./find.ts";
import { session } from "./session.ts";

/** Frames below src/, or dist/ (where this is in a chunk one folder down as well), are inc's own. */
const OWN = fileURLToPath(new URL("..", import.meta.url));

/** Enough for a handle made in a helper of the manifest's author, in a loop or two. */
const FRAMES = 12;

/** Enough to find the manifest below helpers that call each other. */
const DEEP_FRAMES = 60;

/** Where something was declared, and what paths are relative to there. */
export interface Origin {
  readonly location: Location;
  /** Absolute. Undefined: the directory of the manifest that is evaluated. */
  readonly base?: string;
}

/**
 * The place of the call, and the directory of the manifest that made it: its own paths mean the same when another
 * manifest imports it. Helpers of no manifest's name work for the manifest that calls them.
 */
export function origin(): Origin {
  const { manifest, importsManifests, base } = session();
  if (!importsManifests()) return { location: callSite() };
  const sites = capture(origin, DEEP_FRAMES);
  const calling = sites
    .map((site) => pathOf(site.getFileName()))
    .find((file) => file !== undefined && (file === manifest || isManifest(file)));
  const directory = calling === undefined ? base : dirname(calling);
  const own = directory === undefined || directory === dirname(manifest);
  return { location: nearest(sites), ...(own ? {} : { base: directory }) };
}

export function isManifest(file: string): boolean {
  return MANIFEST_NAMES.includes(basename(file)) && !isPackage(file);
}

/** What was installed, and is not edited. */
export function isPackage(file: string): boolean {
  return file.includes("/node_modules/") || file.startsWith(OWN);
}

/** Where the manifest called the public function that called this: the nearest frame that is not inc's own. */
export function callSite(above: () => unknown = callSite): Location {
  return nearest(capture(above, FRAMES));
}

function capture(above: () => unknown, frames: number): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: NodeJS.CallSite[] } = {};
  try {
    Error.stackTraceLimit = frames;
    Error.prepareStackTrace = (_error, sites) => sites;
    Error.captureStackTrace(holder, above);
    return holder.stack ?? [];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function nearest(sites: readonly NodeJS.CallSite[]): Location {
  for (const site of sites) {
    const file = pathOf(site.getFileName());
    if (file === undefined || file.startsWith(OWN)) continue;
    const place = new CallPlace(file, site);
    session().places?.push(place);
    return place;
  }
  return { file: "<unknown>", line: 1, column: 1 };
}

/** A module's path; undefined for what is no file (`node:…`, evaluated text). */
export function pathOf(name: string | null | undefined): string | undefined {
  if (!name) return undefined;
  if (name.startsWith("/")) return name;
  return name.startsWith("file:") ? fileURLToPath(name.replace(/[?#].*$/, "")) : undefined;
}
