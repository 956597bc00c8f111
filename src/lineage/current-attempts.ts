import type { AttemptRecord } from "../model/entry.ts";
import { pathName } from "../model/object-name.ts";
import type { Store } from "../store/store.ts";

/**
 * The attempts whose results hold now: they made, or made again, the latest version of something; without outputs they are
 * the latest of their task. What such an attempt used counts as the latest version, if that has the same content: so a
 * result that stayed fresh while an input went away and came back is shown with the input that there is now.
 */
export class CurrentAttempts {
  readonly #store: Store;
  readonly #known = new Map<string, boolean>();

  constructor(store: Store) {
    this.#store = store;
  }

  has(record: AttemptRecord): boolean {
    const known = this.#known.get(record.id) ?? this.#holds(record);
    this.#known.set(record.id, known);
    return known;
  }

  #holds({ id, manifest, task, outputs, outcome }: AttemptRecord): boolean {
    if (outcome !== "ok") return false;
    if (outputs.length === 0) return this.#store.history.latestRecord(manifest, task)?.id === id;
    const { history } = this.#store;
    return outputs.some(({ path }) => {
      const latest = history.latest(pathName(path));
      return latest !== undefined && history.makerOf(latest)?.id === id;
    });
  }
}
