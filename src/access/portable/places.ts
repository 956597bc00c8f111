import { closeSync, openSync, readSync } from "node:fs";

/** A directory of this machine whose path another machine, person or checkout does not have. */
export interface MachinePlace {
  /** Absolute. */
  readonly path: string;
  /** `the workspace`. */
  readonly what: string;
}

/** Where a text names such a place. */
export interface NamedPlace {
  readonly place: MachinePlace;
  /** As far as it looks like a path. */
  readonly text: string;
}

const PATH_CHARACTER = /[\w./@+%~-]/;
/** How much of a file is read at once, in bytes. */
const CHUNK = 1 << 20;
/** How much of a path is shown, in bytes. */
const SHOWN = 200;

/**
 * The places to look for, the most special first: a workspace is often in the home directory. A home that every machine has, such
 * as that of root in a container, is none.
 */
export function placesOf(workspace: string, real: string, home: string | undefined): readonly MachinePlace[] {
  const places = [
    { path: workspace, what: "the workspace" },
    { path: real, what: "the workspace" },
    ...(home === undefined || home === "/" || home === "/root" ? [] : [{ path: home, what: "your home directory" }]),
  ];
  return places.filter(({ path }, i) => path !== "/" && places.findIndex((other) => other.path === path) === i);
}

/** The first of the places that a text names; undefined: none. */
export function namedIn(text: string, places: readonly MachinePlace[]): NamedPlace | undefined {
  for (const place of places) {
    for (let at = text.indexOf(place.path); at >= 0; at = text.indexOf(place.path, at + 1)) {
      if (at > 0 && PATH_CHARACTER.test(text[at - 1] as string)) continue;
      let end = at + place.path.length;
      // `/home/eve2` is not in `/home/eve`.
      if (end < text.length && text[end] !== "/" && PATH_CHARACTER.test(text[end] as string)) continue;
      while (end < text.length && end - at < SHOWN && PATH_CHARACTER.test(text[end] as string)) end += 1;
      return { place, text: text.slice(at, end) };
    }
  }
  return undefined;
}

/** As `namedIn`, for a file of any size. Of a text, with the line, from 1. */
export function namedInFile(
  path: string,
  places: readonly MachinePlace[],
): (NamedPlace & { readonly line?: number }) | undefined {
  const file = openSync(path, "r");
  const chunk = Buffer.alloc(CHUNK);
  let rest = "";
  let line = 1;
  try {
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      const text = rest + chunk.toString("latin1", 0, size);
      // A place may begin in this chunk and end in the next one.
      const isLast = size < CHUNK;
      const named = namedIn(text, places.map(inLatin1));
      if (named !== undefined) {
        const before = text.slice(0, text.indexOf(named.text));
        return text.includes("\0") ? named : { ...named, line: line + lineFeeds(before) };
      }
      rest = isLast ? "" : text.slice(-SHOWN * 4);
      line += lineFeeds(text.slice(0, text.length - rest.length));
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** Bytes of a file are compared as characters of one byte each. */
function inLatin1({ path, what }: MachinePlace): MachinePlace {
  return { path: Buffer.from(path).toString("latin1"), what };
}

function lineFeeds(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
