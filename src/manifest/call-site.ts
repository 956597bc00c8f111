import { fileURLToPath } from "node:url";
import type { Location } from "../model/location.ts";

/** Frames below src/, or dist/ (where this is in a chunk one folder down as well), are inc's own. */
const OWN = fileURLToPath(new URL("..", import.meta.url));

/** Enough for a handle made in a helper of the manifest's author, in a loop or two. */
const FRAMES = 12;

/** Where the manifest called the public function that called this: the nearest frame that is not inc's own. */
export function callSite(): Location {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: NodeJS.CallSite[] } = {};
  try {
    Error.stackTraceLimit = FRAMES;
    Error.prepareStackTrace = (_error, sites) => sites;
    Error.captureStackTrace(holder, callSite);
    return nearest(holder.stack ?? []);
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function nearest(sites: readonly NodeJS.CallSite[]): Location {
  for (const site of sites) {
    const file = pathOf(site.getFileName());
    if (file === undefined || file.startsWith(OWN)) continue;
    return { file, line: site.getLineNumber() ?? 1, column: site.getColumnNumber() ?? 1 };
  }
  return { file: "<unknown>", line: 1, column: 1 };
}

/** A module's path; undefined for what is no file (`node:…`, evaluated text). */
export function pathOf(name: string | null | undefined): string | undefined {
  if (!name) return undefined;
  if (name.startsWith("/")) return name;
  return name.startsWith("file:") ? fileURLToPath(name.replace(/[?#].*$/, "")) : undefined;
}
