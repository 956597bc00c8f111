import type { Location } from "../model/location.ts";

/** From how many calls on their places are taken from the text of the manifest. */
const MANY = 5000;

/** An export that begins with a call on its own line: `export const name = task(…`. */
const EXPORT = /^export const ([\w$]+)[^=]*= *(?=[\w$.]+\()/;

type Spot = Pick<Location, "line" | "column">;

/**
 * The place of a call. V8 finds the line of a call by going through all positions of its function before it, so with
 * thousands of declarations in one module to ask for each of them takes quadratic time: it is asked when a place is shown.
 */
export class CallPlace implements Location {
  readonly file: string;
  readonly #site: NodeJS.CallSite;
  #spot: Spot | undefined;

  constructor(file: string, site: NodeJS.CallSite) {
    this.file = file;
    this.#site = site;
  }

  get line(): number {
    return this.#found().line;
  }

  get column(): number {
    return this.#found().column;
  }

  /** Takes what the text of the module says for what V8 would. */
  settle(spot: Spot): void {
    this.#spot ??= spot;
  }

  toJSON(): Location {
    return { file: this.file, line: this.line, column: this.column };
  }

  #found(): Spot {
    this.#spot ??= { line: this.#site.getLineNumber() ?? 1, column: this.#site.getColumnNumber() ?? 1 };
    return this.#spot;
  }
}

/**
 * Finds the places of very many calls in a manifest by its text: of an exported task, where its export begins, and of what
 * was called since the export before it, there as well. Other places are left to V8.
 * @param places In the order of the calls.
 * @param exported The places of the declarations that the manifest exports, by name.
 */
export function settlePlaces(
  places: readonly CallPlace[],
  exported: ReadonlyMap<string, Location>,
  read: () => string,
): void {
  if (places.length < MANY) return;
  const spots = new Map<Location, Spot>();
  for (const [i, line] of read().split("\n").entries()) {
    const [lead, name] = EXPORT.exec(line) ?? [];
    const place = name === undefined ? undefined : exported.get(name);
    if (lead !== undefined && place !== undefined) spots.set(place, { line: i + 1, column: lead.length + 1 });
  }
  if (!agrees(spots)) return;
  let since = 0;
  for (const [i, place] of places.entries()) {
    const spot = spots.get(place);
    if (spot === undefined) continue;
    for (; since <= i; since += 1) if (places[since]?.file === place.file) places[since]?.settle(spot);
  }
}

/** A few are asked of V8, to see that the module was not evaluated from another text. */
function agrees(spots: ReadonlyMap<Location, Spot>): boolean {
  const all = [...spots];
  const some = [all[0], all[all.length >> 1], all.at(-1)].filter((found) => found !== undefined);
  return some.length > 0 && some.every(([place, { line, column }]) => place.line === line && place.column === column);
}
