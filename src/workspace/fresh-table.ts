import type { Fingerprint } from "../model/digest.ts";

/**
 * What a good run leaves of a task. `took`: the milliseconds that its result took. `form`: 1 when all that it names, finds and makes
 * is files, which the index holds; 0 when a link or a directory is among them; 2 when outputs are left in the shared cache.
 * `found`: the found inputs that its fingerprint holds.
 */
export interface FreshTask {
  readonly fingerprint: Fingerprint;
  readonly took: number;
  readonly form: 0 | 1 | 2;
  readonly found: readonly string[];
}

/** What of a table is JSON: the ids of its tasks by row, and found inputs by the number of the row. */
export interface FreshNames {
  readonly ids: readonly string[];
  readonly found: readonly (readonly [row: number, paths: readonly string[]])[];
}

/** Rows that follow one another, and where they go in another table. */
interface Rows {
  readonly from: number;
  readonly to: number;
  count: number;
}

const FINGERPRINT_BYTES = 32;
const ROW_BYTES = 8 + FINGERPRINT_BYTES + 1;
const NONE: readonly string[] = [];

/**
 * What a good run leaves of its tasks, a row each, in the order of the graph. Its numbers are columns, for which no object is made, parsed
 * or written: most rows of 100,000 are only taken over.
 *
 *     f64 took[n] │ 32-byte fingerprint[n] │ u8 form[n]
 */
export class FreshTable {
  readonly ids: readonly string[];
  readonly bytes: Buffer;
  readonly #found: ReadonlyMap<number, readonly string[]>;
  #rows: Map<string, number> | undefined;
  /** The row behind the one that was asked for last. */
  #next = 0;

  constructor({ ids, found }: FreshNames, bytes: Buffer) {
    if (bytes.length !== ids.length * ROW_BYTES) throw new RangeError("a table of another length");
    this.ids = ids;
    this.bytes = bytes;
    this.#found = new Map(found);
  }

  get names(): FreshNames {
    return { ids: this.ids, found: [...this.#found] };
  }

  /** Undefined: nothing is known of the task. Tasks are mostly asked for in their order, in which a look at the next row finds them. */
  row(id: string): number | undefined {
    const row = this.ids[this.#next] === id ? this.#next : this.#find(id);
    if (row !== undefined) this.#next = row + 1;
    return row;
  }

  #find(id: string): number | undefined {
    this.#rows ??= new Map(this.ids.map((known, row) => [known, row]));
    return this.#rows.get(id);
  }

  took(row: number): number {
    return this.bytes.readDoubleLE(row * 8);
  }

  fingerprint(row: number): Fingerprint {
    const at = this.#fingerprintsAt + row * FINGERPRINT_BYTES;
    return this.bytes.toString("hex", at, at + FINGERPRINT_BYTES) as Fingerprint;
  }

  form(row: number): FreshTask["form"] {
    return this.bytes[this.#formsAt + row] as FreshTask["form"];
  }

  found(row: number): readonly string[] {
    return this.#found.get(row) ?? NONE;
  }

  get #fingerprintsAt(): number {
    return this.ids.length * 8;
  }

  get #formsAt(): number {
    return this.#fingerprintsAt + this.ids.length * FINGERPRINT_BYTES;
  }

  /** Copies rows that follow one another. */
  #copyTo(into: FreshTable, { from, to, count }: Rows): void {
    const copy = (width: number, start: number, begin: number): void => {
      const at = begin + from * width;
      this.bytes.copy(into.bytes, start + to * width, at, at + count * width);
    };
    copy(8, 0, 0);
    copy(FINGERPRINT_BYTES, into.#fingerprintsAt, this.#fingerprintsAt);
    copy(1, into.#formsAt, this.#formsAt);
  }

  /**
   * Makes a table of tasks.
   * @param known What is known of a task; a number: the row of `before` that is taken over.
   */
  static of<T extends { readonly id: string }>(
    tasks: readonly T[],
    known: (task: T) => FreshTask | number,
    before: FreshTable,
  ): FreshTable {
    const ids = tasks.map(({ id }) => id);
    const found: [number, readonly string[]][] = [];
    const made = new FreshTable({ ids, found: [] }, Buffer.alloc(ids.length * ROW_BYTES));
    let taken: Rows = { from: 0, to: 0, count: 0 };
    tasks.forEach((one, row) => {
      const task = known(one);
      const paths = typeof task === "number" ? before.found(task) : task.found;
      if (paths.length > 0) found.push([row, paths]);
      if (typeof task !== "number") made.#set(row, task);
      else if (task === taken.from + taken.count && row === taken.to + taken.count) taken.count += 1;
      else {
        before.#copyTo(made, taken);
        taken = { from: task, to: row, count: 1 };
      }
    });
    before.#copyTo(made, taken);
    return new FreshTable({ ids, found }, made.bytes);
  }

  #set(row: number, { took, fingerprint, form }: FreshTask): void {
    this.bytes.writeDoubleLE(took, row * 8);
    this.bytes.write(fingerprint, this.#fingerprintsAt + row * FINGERPRINT_BYTES, "hex");
    this.bytes[this.#formsAt + row] = form;
  }
}

/** A table without tasks. */
export const NO_TASKS = new FreshTable({ ids: [], found: [] }, Buffer.alloc(0));
