import { dirname } from "node:path";
import type { Location } from "../model/location.ts";
import { CallPlace } from "./call-place.ts";
import { isManifest, isOwnModule, pathOf } from "./module-path.ts";
import { session } from "./session.ts";

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
  const current = session();
  const { manifest, base } = current;
  if (!current.importsManifests()) return { location: callSite() };
  const sites = capture(origin, DEEP_FRAMES);
  const calling = sites
    .map((site) => pathOf(site.getFileName()))
    .find((file) => file !== undefined && (file === manifest || isManifest(file)));
  const directory = calling === undefined ? base : dirname(calling);
  const own = directory === undefined || directory === dirname(manifest);
  return { location: nearest(sites), ...(own ? {} : { base: directory }) };
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
    if (file === undefined || isOwnModule(file)) continue;
    const place = new CallPlace(file, site);
    session().places?.push(place);
    return place;
  }
  return { file: "<unknown>", line: 1, column: 1 };
}
