import type { Diagnostic } from "../model/diagnostic.ts";
import type { Emit } from "../model/event.ts";
import type { Store } from "../store/store.ts";
import { putBack } from "./problems.ts";

/** Notices when watch undoes what another run in its workspace made. */
export class OtherRuns {
  /** The id of the latest run of this watch. */
  #latest: string | undefined;

  /**
   * Follows a run that emits its events to what `run` is called with. Gives a warning when it undid another run's
   * results.
   */
  async follow<T>(store: Store, emit: Emit, run: (emit: Emit) => Promise<T>): Promise<[T, Diagnostic | undefined]> {
    const before = store.history.latestRun();
    const restored: string[] = [];
    const result = await run((event) => {
      if (event.kind === "task-ended" && event.result === "restored" && event.reason.kind !== "outputs-missing")
        restored.push(event.task);
      emit(event);
    });
    const isOther = this.#latest !== undefined && before !== undefined && before.id !== this.#latest;
    this.#latest = store.history.latestRun()?.id;
    return [result, isOther && restored.length > 0 ? putBack(before.argv, restored) : undefined];
  }
}
