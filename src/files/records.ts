import type { FileStat } from "../host/files/host.ts";
import { boundHeapGrowth } from "../host/heap-growth.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import { hasChangedSince } from "./changed-since.ts";
import type { IndexContext, Known } from "./context.ts";
import { type Moment, NEVER } from "./epoch.ts";
import type { IndexRecord } from "./packed/pack.ts";
import { type PackedRecords, packRecords } from "./packed/records.ts";
import { PathTree } from "./path-tree.ts";
import { sameStat } from "./racy-clock.ts";
import { SmallBytes } from "./small-bytes.ts";

/**
 * One record a path: what `lstat` said of it, and a file's digest or a symlink's text.
 *
 *                 look: it is there, or vouched for    begin, outdate
 *     unknown ───────────────────────▶ current ─────────────────────────────▶ outdated
 *      ▲   │                            ▲    │ ◀──────────────────────────────  │  │
 *      │   │ look: nothing              │    │   look: it looks as it did and  │  │
 *      │   ▼                            │    │   is trusted, or is read again  │  │
 *      │  absent ───────────────────────┘    │                                 │  │
 *      │   ▲    begin, forget; then look     │ miss                            │  │
 *      │   └─────────────────────────────────┴─────────────────────────────────┘  │
 *      └──────────────────────────────────────────────────────────────────────────┘
 *                          letGo: its directory is seen not to list it any more
 *
 * Current records and absent paths stay as they were seen until the epoch ends or they are outdated.
 */
export class Records {
  readonly bytes = new SmallBytes();
  readonly #context: IndexContext;
  readonly #known = new Map<string, Known>();
  readonly #absent = new Map<string, Moment>();
  /** Everything that was ever examined, whether it was there or not. */
  readonly #seen = new PathTree();
  /** Files for which `noted` does not hold, whatever their records say. */
  readonly #unnoted = new Set<string>();
  /** What was seen to be something else since `conclude`; undefined: the present table still decides. */
  #late: Set<string> | undefined;

  constructor(context: IndexContext) {
    this.#context = context;
  }

  /**
   * What is at a path in this epoch, after a look when that is not known yet; of a directory nothing but that it is
   * one.
   */
  look(path: string): Known | "directory" | undefined {
    const { epoch, disk, unwatched } = this.#context;
    if (epoch.holds(this.#absent.get(path))) return undefined;
    const known = this.#known.get(path);
    if (known !== undefined && epoch.holds(known.seen)) return known;
    const vouched = known === undefined ? this.#context.vouched.record(path) : undefined;
    if (vouched !== undefined) return vouched.stat.type === "directory" ? "directory" : this.keep(vouched, true);
    const stat = disk.stat(path);
    if (stat === undefined) this.miss(path);
    if (stat === undefined || stat.type === "directory") return stat?.type as "directory" | undefined;
    const before = this.#recall(path);
    // A watcher does not report at this name what is written through another name of the file.
    if (stat.type === "file" && stat.links > 1n) unwatched.add(path);
    return before?.trusted === true && sameStat(before.stat, stat) ? this.keep(before, true) : this.read(path, stat);
  }

  /** The record of this epoch, without a look. */
  current(path: string): Known | undefined {
    const known = this.#known.get(path);
    return this.#context.epoch.holds(known?.seen) ? known : undefined;
  }

  /** The same, of a path that only the opening look has seen as well. */
  currentOrVouched(path: string): Known | undefined {
    const known = this.#known.get(path);
    if (known !== undefined) return this.current(path);
    const vouched = this.#context.vouched.record(path);
    return vouched === undefined || vouched.stat.type === "directory" ? undefined : this.keep(vouched, true);
  }

  /** True for a file with these looks that this epoch knows from the opening look alone. */
  isFileAsVouched(path: string, stat: FileStat): boolean {
    return !this.#known.has(path) && this.#context.vouched.isFileAs(path, stat);
  }

  /** The record as it was seen last, in whatever epoch. */
  last(path: string): Known | undefined {
    return this.#known.get(path);
  }

  isExamined(path: string): boolean {
    return this.current(path) !== undefined || this.isAbsent(path);
  }

  /** True when this epoch saw nothing there. */
  isAbsent(path: string): boolean {
    return this.#context.epoch.holds(this.#absent.get(path));
  }

  changedSince(time: bigint, except: (path: string) => boolean): boolean {
    return hasChangedSince(time, { there: this.#there(except), absent: this.#newlyAbsent(except) }, this.#context.disk);
  }

  /** What this epoch has seen. */
  *#there(except: (path: string) => boolean): IterableIterator<Known> {
    for (const known of this.#known.values())
      if (this.#context.epoch.holds(known.seen) && !except(known.path)) yield known;
  }

  /** Paths where this epoch has seen nothing, and the opening look has not looked. */
  *#newlyAbsent(except: (path: string) => boolean): IterableIterator<string> {
    for (const path of this.#absent.keys())
      if (this.isAbsent(path) && !except(path) && !this.#context.vouched.wasAbsent(path)) yield path;
  }

  /** True when nothing was there at the last look, in whatever epoch. */
  wasAbsent(path: string): boolean {
    return this.#absent.has(path);
  }

  beginTable(): void {
    this.#late = undefined;
  }

  /** The table has decided: what is seen from here on to be something else is late, until the next table begins. */
  conclude(): void {
    this.#late ??= new Set();
  }

  isLate(path: string): boolean {
    return this.#late?.has(path) === true;
  }

  /** Digests a file, or reads the text of a symlink. */
  read(path: string, stat: FileStat): Known {
    const { disk, clock, ahead } = this.#context;
    if (stat.type === "other") throw new DiagnosticError(notAFile(path));
    const isFile = stat.type === "file";
    const digested = isFile ? ahead.take(path, stat) : undefined;
    // The tick has to be taken before reading begins: see RacyClock.
    const trusted = digested === undefined ? clock.after(stat) : digested.trusted;
    const digest = isFile ? (digested?.digest ?? this.#digest(path)) : undefined;
    const text = isFile ? undefined : disk.text(path);
    const before = isFile ? this.#recall(path) : undefined;
    const noted =
      before?.noted === true &&
      !this.#unnoted.has(path) &&
      before.digest === digest &&
      isExecutable(before.stat) === isExecutable(stat);
    return this.keep({ path, stat, digest, text, trusted, noted });
  }

  /** @param isPacked The record is that of the packed index, unless another one is known by now. */
  keep(record: IndexRecord, isPacked = false): Known {
    const { epoch, unwatched } = this.#context;
    const { path } = record;
    const before = this.#known.get(path);
    const isSame = before === undefined ? isPacked && !epoch.isRebased : sameContent(before, record);
    const known: Known = { ...record, seen: epoch.now, changed: isSame ? (before?.changed ?? NEVER) : epoch.now };
    this.#known.set(path, known);
    // A directory's entries count by themselves.
    if (!isSame && !(record.stat.type === "directory" && before?.stat.type === "directory")) this.#late?.add(path);
    boundHeapGrowth();
    this.#absent.delete(path);
    if (before === undefined) this.#seen.add(path);
    unwatched.addEntry(path);
    return known;
  }

  /** Notes that nothing is at a path. */
  miss(path: string): void {
    if (this.#known.delete(path)) this.#late?.add(path);
    this.#context.vouched.miss(path);
    this.#absent.set(path, this.#context.epoch.now);
    this.#seen.add(path);
  }

  /** Has the next look at a path examine it anew, in this epoch too. */
  outdate(path: string): void {
    this.#context.vouched.forget(path);
    const known = this.#known.get(path);
    if (known !== undefined) this.#known.set(path, { ...known, seen: NEVER });
    if (this.isAbsent(path)) this.#absent.delete(path);
  }

  /** Has all paths that were absent examined again. */
  outdateAbsent(): void {
    for (const path of this.#absent.keys()) this.#absent.set(path, NEVER);
  }

  /** The same as `outdate`, also where it is no longer known that something was absent. */
  forget(path: string): void {
    this.outdate(path);
    this.#absent.delete(path);
  }

  /** Lets go of a path that its directory no longer lists. A current record stays: attempts are compared with it. */
  letGo(path: string): void {
    this.#context.vouched.forget(path);
    if (this.current(path) === undefined) this.#known.delete(path);
  }

  /** A path, and all below it that was ever examined. */
  withBelow(path: string): readonly string[] {
    return [path, ...this.#seen.below(path)];
  }

  /**
   * True for a file of this epoch that has the content that it had in the packed index, or when the epoch was rebased.
   */
  isUnchanged(path: string): boolean {
    const known = this.current(path);
    return known?.stat.type === "file" && !this.#context.epoch.isChanged(known.changed);
  }

  isFile(path: string): boolean {
    return (this.current(path) ?? this.#context.vouched.record(path))?.stat.type === "file";
  }

  isNoted(path: string): boolean {
    return !this.#unnoted.has(path) && (this.#known.get(path)?.noted ?? this.#context.vouched.isNoted(path));
  }

  note(path: string): void {
    const known = this.#known.get(path);
    if (known?.stat.type === "file") this.#known.set(path, { ...known, noted: true });
    this.#unnoted.delete(path);
  }

  unnote(paths: Iterable<string>): void {
    for (const path of paths) this.#unnoted.add(path);
  }

  /** Records of this epoch that were read in the very tick in which they were written. */
  *untrusted(): IterableIterator<Known> {
    const { epoch } = this.#context;
    for (const known of this.#known.values()) if (!known.trusted && epoch.holds(known.seen)) yield known;
  }

  /** All records; which of them this epoch examined, as ids; and where it found nothing. */
  pack(): PackedRecords {
    // Those that are noted no longer cannot be carried over as they are.
    for (const path of this.#unnoted) if (this.#context.vouched.record(path) !== undefined) this.look(path);
    return packRecords(this.#context, { known: this.#known, absent: this.#absent, unnoted: this.#unnoted });
  }

  #digest(path: string): Digest {
    this.bytes.take(path);
    let bytes: Buffer | undefined;
    const digest = this.#context.disk.digest(path, (small) => {
      bytes = this.bytes.copy(small);
    });
    if (bytes !== undefined) this.bytes.hold(path, { bytes, digest });
    return digest;
  }

  #recall(path: string): IndexRecord | undefined {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const id = this.#context.packed.id(path);
    return id === undefined || this.#context.clock.wentBack ? undefined : this.#context.packed.record(id);
  }
}

export function isExecutable({ mode }: FileStat): boolean {
  return (mode & 0o100) !== 0;
}

function sameContent(a: IndexRecord, b: IndexRecord): boolean {
  return (
    a.digest === b.digest &&
    a.text === b.text &&
    a.stat.type === b.stat.type &&
    isExecutable(a.stat) === isExecutable(b.stat)
  );
}

function notAFile(path: string): Diagnostic {
  return {
    code: "INC4102",
    severity: "error",
    message: `"${path}" is neither a file, a directory nor a symlink`,
    help: ["exclude it: sockets, pipes and devices have no content to digest"],
  };
}
