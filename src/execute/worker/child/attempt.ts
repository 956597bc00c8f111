import { returnedValue } from "../../../content/returned.ts";
import { hasher } from "../../../host/files/hash.ts";
import type { FunctionDeclaration } from "../../../manifest/declaration.ts";
import { registerModuleHooks } from "../../../manifest/load/modules.ts";
import { isPackage } from "../../../manifest/module-path.ts";
import { defined } from "../../../model/defined.ts";
import { type Diagnostic, DiagnosticError } from "../../../model/diagnostic.ts";
import type { Digest } from "../../../model/digest.ts";
import { VALUE_OUTPUT } from "../../../model/graph.ts";
import type { Ended, Job } from "../protocol.ts";
import { Accesses } from "./accesses.ts";
import { contextOf, type JobContext } from "./context.ts";
import type { OnUse, Use } from "./file-hooks.ts";
import { findFunction } from "./find.ts";
import type { KnownElements } from "./known-elements.ts";
import type { Pristine } from "./leaks.ts";
import { exited, neverSettles, notJson, ownPlace, returned, setExitCode, stackOf, thrown, wrote } from "./problems.ts";
import { CalledUnits } from "./units.ts";

/** What an attempt asks of its process. */
export interface Host {
  readonly pristine: Pristine;
  readonly elements: KnownElements;
  /** The variables with which a manifest is evaluated. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** The working directory likewise. */
  readonly cwd: string;
  readonly progress: JobContext["progress"];
  /** Calls `onUse` for each use of a file from now on; undefined: for none. */
  watchFiles(onUse: OnUse | undefined): void;
  /** True when processes were started since it was asked last. */
  hasSpawned(): boolean;
  /** True when a timer may fire that does not keep the process alive. */
  hasTimers(): boolean;
  /** Called before the process ends itself. */
  exiting(diagnostic: Diagnostic): void;
}

/** From this size of the heap on a process is replaced, in bytes: modules that were evaluated are never freed. */
const LARGE_HEAP = 384 * 1024 * 1024;

const exit = process.exit.bind(process);

/** One attempt in this process. */
export class ChildAttempt {
  readonly #job: Job;
  readonly #host: Host;
  readonly #cancellation = new AbortController();
  readonly #digests = new Map<string, Digest>();
  readonly #modules = registerModuleHooks((path, source) => this.#note(path, source));
  readonly #accesses: Accesses;
  readonly #refused: Diagnostic[] = [];
  /** Undefined: it is called for one task. */
  readonly #units: CalledUnits | undefined;
  /** What it returned for several. */
  #returned: unknown;
  #fail: (error: unknown) => void = () => {};
  #crash: { readonly error: unknown } | undefined;
  #hasPackages = false;
  #value: string | undefined;
  /** The working directory that it is given. */
  #cwd = process.cwd();

  constructor(job: Job, host: Host) {
    this.#job = job;
    this.#host = host;
    this.#accesses = new Accesses(job);
    this.#units =
      job.units &&
      new CalledUnits(job, job.units, {
        thrown: (task, error) => this.#thrown(error, task),
        accepts: () => this.#isWell,
      });
  }

  /** Never rejects. */
  async run(): Promise<Ended> {
    const { task } = this.#job;
    this.#enter(this.#host.env);
    let diagnostics: readonly Diagnostic[];
    try {
      process.chdir(this.#host.cwd);
      this.#cwd = process.cwd();
      this.#host.watchFiles((use, path) => this.#usedByLoading(use, path));
      const found = await findFunction(this.#job, this.#modules, this.#host.elements);
      diagnostics = found.ok ? await this.#call(found.value) : found.diagnostics;
    } catch (error) {
      diagnostics = this.#thrown(error);
    }
    if (process.exitCode && diagnostics.length === 0) diagnostics = [setExitCode(task, process.exitCode)];
    return this.#ended(this.#refused.length > 0 ? this.#refused : diagnostics);
  }

  async #ended(known: readonly Diagnostic[]): Promise<Ended> {
    // What a function leaves behind may still fail, at the earliest in the turn in which it returned.
    await new Promise((resolve) => setImmediate(resolve));
    const leaks = await this.#host.pristine.leaks(this.#cwd);
    const crashed = known.length === 0 && this.#crash !== undefined ? this.#thrown(this.#crash.error) : known;
    const diagnostics = crashed.length === 0 ? this.#unitsReturned() : crashed;
    process.exitCode = undefined;
    process.exit = exit;
    this.#host.watchFiles(undefined);
    this.#modules.remove();
    return {
      kind: "ended",
      diagnostics,
      ...(diagnostics.length === 0 ? defined({ value: this.#value }) : {}),
      ...defined({ units: this.#units?.ends }),
      modules: [...this.#digests],
      late: [...this.#modules.asked],
      // What the manifest read through inc is not the function's, unless its code asks for it.
      undeclared: this.#accesses.undeclared.filter(
        ({ path, isOfLoading }) => isOfLoading !== true || !this.#modules.paths.has(path),
      ),
      hasPackages: this.#hasPackages,
      hasSpawned: this.#host.hasSpawned(),
      leaks,
      isSpent: this.#host.hasTimers() || process.memoryUsage().heapUsed > LARGE_HEAP,
    };
  }

  #thrown(error: unknown, task = this.#job.task): readonly Diagnostic[] {
    // A diagnostic says all by itself.
    if (!(error instanceof DiagnosticError)) process.stderr.write(`${stackOf(error)}\n`);
    return thrown(task, error, this.#modules.paths);
  }

  /** Once something has happened that may concern any of several units, nothing is said of single ones any more. */
  get #isWell(): boolean {
    return this.#refused.length === 0 && this.#crash === undefined && !this.#cancellation.signal.aborted;
  }

  #unitsReturned(): readonly Diagnostic[] {
    return this.#units === undefined || !this.#isWell ? [] : this.#units.returned(this.#returned);
  }

  cancel(): void {
    this.#cancellation.abort();
  }

  /** What nothing awaited threw, or rejected with. */
  crashed(error: unknown): void {
    this.#crash ??= { error };
    this.#fail(error);
  }

  /** Nothing is left that could go on. */
  stuck(): void {
    this.#fail(new Stuck());
  }

  async #call({ run, picks }: FunctionDeclaration): Promise<readonly Diagnostic[]> {
    const { task, env, cwd } = this.#job;
    this.#enter(env);
    process.chdir(cwd);
    this.#cwd = process.cwd();
    process.exit = (code) => this.#exit(Number(code ?? process.exitCode ?? 0));
    this.#modules.asked.clear();
    this.#crash = undefined;
    const { units, ...context } = {
      ...contextOf(this.#job, this.#cancellation.signal, this.#host.progress),
      units: this.#units?.given,
    };
    const failed = new Promise<never>((_resolve, reject) => {
      this.#fail = reject;
    });
    this.#host.watchFiles((use, path) => this.#used(use, path));
    try {
      const { log, signal, progress, inputs } = context;
      const one = picks === undefined ? context : inputs[VALUE_OUTPUT];
      const given = units === undefined ? one : { units, log, signal, progress };
      const value = await Promise.race([(run as (given: unknown) => unknown)(given), failed]);
      if (units !== undefined) {
        this.#returned = value;
        return [];
      }
      if (!this.#job.returns) return value === undefined ? [] : [returned(task, value)];
      const json = returnedValue(value);
      if (!json.ok) return [notJson(task, json.problem)];
      this.#value = json.text;
      return [];
    } catch (error) {
      if (error instanceof Stuck) return [neverSettles(task)];
      throw error;
    }
  }

  #exit(code: number): never {
    const place = ownPlace(new Error("process.exit"), this.#modules.paths);
    this.#host.exiting(exited(this.#job.task, code, place));
    return exit(code);
  }

  #usedByLoading(use: Use, path: string): void {
    if (use !== "write" && use !== "make" && !this.#isOfNode(use, path)) this.#accesses.noteLoading(use, path);
  }

  #isOfNode(use: Use, path: string): boolean {
    return (use === "read" || use === "look") && this.#modules.isLoading(path, use === "read");
  }

  #used(use: Use, path: string): void {
    if (this.#isOfNode(use, path) || !this.#accesses.note(use, path)) return;
    const error = Object.assign(new Error(`"${path}" is no output of task "${this.#job.task}"`), { code: "EACCES" });
    this.#refused.push(wrote(this.#job, path, ownPlace(error, this.#modules.paths)));
    throw error;
  }

  /** The variables themselves are changed, because libraries written in C read those. */
  #enter(env: Readonly<NodeJS.ProcessEnv>): void {
    for (const name of Object.keys(process.env)) if (env[name] === undefined) delete process.env[name];
    for (const [name, value] of Object.entries(env)) process.env[name] = value;
  }

  #note(path: string, source: string | Uint8Array): void {
    if (isPackage(path)) this.#hasPackages = true;
    else this.#digests.set(path, hasher.digest(typeof source === "string" ? Buffer.from(source) : source));
  }
}

class Stuck extends Error {}
