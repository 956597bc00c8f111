/**
 * Objects that only help: names of recent results, bundles of records. Without them every result is found as well, so nothing fails
 * when a store does not take one, and it is sent no others.
 */
export class Hints {
  #isRefused = false;

  async give(send: () => Promise<void>): Promise<void> {
    if (this.#isRefused) return;
    try {
      await send();
    } catch {
      this.#isRefused = true;
    }
  }
}
