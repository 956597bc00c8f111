/**
 * A point in the index's own time, which passes with its tables. Each record of the index holds the moment it was seen.
 */
export type Moment = number;

/** Before every table: a record of this moment is examined again. */
export const NEVER: Moment = 0;

/**
 * The stretch of time in which the index believes what it saw. It consists of tables: `begin` starts the first one of a
 * new epoch, in which everything is examined again; `advance` starts another one in the same epoch, in which only what
 * was dropped is (see FileIndex.repin).
 *
 *     begin           advance         advance         begin
 *     ├─ table ───────┼─ table ───────┼─ table ───────┼─ table ───
 *     │ all anew      │ all but what was dropped      │ all anew
 */
export class Epoch {
  #now: Moment = 1;
  #began: Moment = 1;
  #base: Moment | undefined;

  get now(): Moment {
    return this.#now;
  }

  begin(): void {
    this.advance();
    this.#began = this.#now;
  }

  advance(): void {
    this.#now += 1;
  }

  /** True for what was seen in this epoch. */
  holds(seen: Moment | undefined): boolean {
    return seen !== undefined && seen >= this.#began;
  }

  /** From here on `isChanged` compares with now, no longer with the packed index. */
  rebase(): void {
    this.advance();
    this.#base = this.#now;
  }

  get isRebased(): boolean {
    return this.#base !== undefined;
  }

  /** @param changed When it was last seen to be something else than before; NEVER: it is as the packed index has it. */
  isChanged(changed: Moment): boolean {
    return changed > NEVER && changed >= (this.#base ?? NEVER);
  }
}
