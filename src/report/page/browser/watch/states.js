// @ts-check
/** @import { BoxChange, BoxState } from "../../pictures.ts" */

/** @type {Readonly<Record<BoxState, string>>} */
export const SIGNS = {
  unknown: "·",
  waiting: "…",
  running: "▶",
  ran: "✓",
  restored: "↺",
  fresh: "✓",
  failed: "✗",
  skipped: "–",
  cancelled: "■",
  starting: "…",
  ready: "●",
  stopped: "○",
};

/** @type {ReadonlySet<BoxState>} */
const WELL = new Set(["ran", "restored", "fresh", "ready"]);

/** The states of all tasks, by their ids. */
export class States {
  /** @type {Map<string, { readonly state: BoxState, readonly words: string }>} */
  #states = new Map();

  /** @param {readonly BoxChange[]} changes */
  take(changes) {
    for (const [id, state, words] of changes) this.#states.set(id, { state, words });
  }

  /** @param {string} id */
  of(id) {
    return this.#states.get(id) ?? { state: "unknown", words: "" };
  }

  /** @param {string} id */
  isWell(id) {
    return WELL.has(this.of(id).state);
  }

  /**
   * With its sign, and the details behind.
   * @param {string} id
   * @param {string} separator
   */
  inWords(id, separator) {
    const { state, words } = this.of(id);
    return `${SIGNS[state]} ${state}${words === "" ? "" : separator + words}`;
  }
}
